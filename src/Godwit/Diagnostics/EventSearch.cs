// A question about events in the form in which they lie in memory, so that what does not match is never made into text. Pure.

using System.Text;

namespace Godwit.Diagnostics;

/// <summary>What an <see cref="EventQuestion"/> looks for, as octets.</summary>
internal sealed class EventSearch(EventQuestion question)
{
    private readonly byte[]? _destination = Octets(question.Destination);
    private readonly byte[]? _virtualMta = Octets(question.VirtualMta);
    private readonly byte[]? _job = Octets(question.Job);
    private readonly byte[]? _recipient = Octets(question.Recipient);

    public long Before => question.Before;

    public bool Matches(
        RecipientEventKind kind, ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> destination, ReadOnlySpan<byte> virtualMta, ReadOnlySpan<byte> job) =>
        (question.Kind is not { } wanted || wanted == kind)
        && (_destination is null || destination.SequenceEqual(_destination))
        && (_virtualMta is null || virtualMta.SequenceEqual(_virtualMta))
        && (_job is null || job.SequenceEqual(_job))
        && (_recipient is null || IsRecipient(recipient));

    private bool IsRecipient(ReadOnlySpan<byte> recipient)
    {
        ReadOnlySpan<byte> wanted = _recipient;
        if (wanted is [(byte)'@', ..])
        {
            if (recipient.Length < wanted.Length)
            {
                return false;
            }

            recipient = recipient[^wanted.Length..];
        }

        return recipient.SequenceEqual(wanted) || Ascii.EqualsIgnoreCase(recipient, wanted);
    }

    /// <summary>Cut where an event is cut.</summary>
    private static byte[]? Octets(string? text)
    {
        if (text is null)
        {
            return null;
        }

        byte[] octets = new byte[255];
        System.Text.Unicode.Utf8.FromUtf16(text, octets, out _, out int written);
        return octets[..written];
    }
}
