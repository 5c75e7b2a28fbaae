using Godwit.Mail;

namespace Godwit.Dkim;

/// <summary>The next piece of a content, valid until the one after it is asked for; false at the end.</summary>
internal delegate bool PieceReader(out ReadOnlyMemory<byte> piece);

/// <summary>One message to be signed.</summary>
/// <param name="Id">Names the content for ever: what was signed for one recipient serves the others.</param>
/// <param name="First">null when <c>dkim-*</c> asks for no signature.</param>
/// <param name="Second">null when <c>second-dkim-*</c> asks for none.</param>
/// <param name="Pieces">Reads the content from its beginning. Used by one thread until the order is done; what it throws the caller gets.</param>
internal sealed record SigningOrder(MessageId Id, KeyRing Keys, DkimSettings? First, DkimSettings? Second, PieceReader Pieces)
{
    /// <summary>Others may ask for the same soon: the message goes to several recipients.</summary>
    public bool IsShared { get; init; }

    /// <summary>What the message says about its first signature; null when it says nothing.</summary>
    public SigningWishes? Wishes { get; init; }

    /// <summary>Set when no key fits: whose it would have had to be, as far as that can be told. Read when the order is done.</summary>
    public DomainName Unsigned { get; set; }

    /// <summary>The keys of the list that the message names; null when it names none.</summary>
    public KeyRing? WishedKeys { get; init; }
}
