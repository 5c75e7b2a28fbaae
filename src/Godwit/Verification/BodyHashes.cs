// The body's hash in every form that the signatures of one message name: the body is read once for all. Owned by one verification; not thread safe.

using Godwit.Dkim;
using Godwit.Settings;

namespace Godwit.Verification;

/// <summary>A form of hashing a body.</summary>
/// <param name="Limit">Octets that are hashed; <see cref="long.MaxValue"/> for all.</param>
internal readonly record struct BodyForm(DkimCanonicalization Canonicalization, long Limit)
{
    public static readonly BodyForm WholeRelaxed = new(DkimCanonicalization.Relaxed, long.MaxValue);
}

/// <summary>Hashes.</summary>
internal sealed class BodyHashes
{
    private readonly Dictionary<BodyForm, BodyHash> _hashes = [];

    private BodyHashes()
    {
    }

    /// <param name="forms">As many as there are signatures, no more.</param>
    /// <param name="body">Reads the body from its beginning, the empty line before it included.</param>
    public static BodyHashes Read(IReadOnlyCollection<BodyForm> forms, PieceReader body)
    {
        var result = new BodyHashes();
        if (forms.Count == 0)
        {
            return result;
        }

        var hashers = new List<(BodyForm Form, BodyHasher Hasher)>();
        try
        {
            foreach (BodyForm form in forms)
            {
                if (!hashers.Exists(each => each.Form == form))
                {
                    hashers.Add((form, new BodyHasher(form.Canonicalization) { Limit = form.Limit }));
                }
            }

            Feed(hashers, body);
            foreach ((BodyForm form, BodyHasher hasher) in hashers)
            {
                result._hashes[form] = hasher.Finish();
            }
        }
        finally
        {
            hashers.ForEach(static each => each.Hasher.Dispose());
        }

        return result;
    }

    public BodyHash this[BodyForm form] => _hashes[form];

    public bool TryFind(BodyForm form, out BodyHash hash) => _hashes.TryGetValue(form, out hash);

    private static void Feed(List<(BodyForm Form, BodyHasher Hasher)> hashers, PieceReader body)
    {
        // The empty line belongs to neither header nor body; it may come in two pieces.
        int separator = 0;
        while (body(out ReadOnlyMemory<byte> piece))
        {
            while (separator < 2 && !piece.IsEmpty && piece.Span[0] == "\r\n"u8[separator])
            {
                piece = piece[1..];
                separator++;
            }

            separator = piece.IsEmpty ? separator : 2;
            foreach ((_, BodyHasher hasher) in hashers)
            {
                hasher.Append(piece.Span);
            }
        }
    }
}
