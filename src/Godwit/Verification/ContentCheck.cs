// Everything that a content proves by itself: its DKIM signatures and its ARC chain. The header is indexed once, the body read once, keys are asked for
// side by side, and what costs is done on the threads that sign. Static.

using Godwit.Dkim;

namespace Godwit.Verification;

/// <summary>What a content proves.</summary>
/// <param name="Body">The hash that a seal of ours needs; null when nobody asked for it.</param>
internal sealed record ContentFindings(IReadOnlyList<SignatureFinding> Signatures, ArcFinding Arc, BodyHash? Body);

/// <summary>Checks contents.</summary>
internal static class ContentCheck
{
    /// <param name="body">Reads the body, the empty line before it included; used by one thread until this returns.</param>
    /// <param name="wantsBody">Whether the message is to be sealed.</param>
    /// <param name="run">Does work on a thread that may be busy for milliseconds.</param>
    /// <param name="cancellation">The deadline: what is not known by then is a temporary failure.</param>
    public static async ValueTask<ContentFindings> RunAsync(
        ReadOnlyMemory<byte> header, PieceReader body, bool wantsBody, long unixSeconds, SenderLookup lookup,
        Func<Func<ContentFindings>, Task<ContentFindings>> run, CancellationToken cancellation)
    {
        // 1 Read.
        var index = new HeaderIndex(header);
        var dkim = new DkimCheck(index, unixSeconds);
        var arc = new ArcCheck(index);

        // 2 Keys, each asked for once.
        var asked = new Dictionary<string, Task<KeyAnswer>>(StringComparer.Ordinal);
        foreach (string name in dkim.KeyNames.Concat(arc.KeyNames))
        {
            if (!asked.ContainsKey(name))
            {
                asked[name] = KeyAnswer.AskAsync(lookup, name, cancellation);
            }
        }

        var keys = new Dictionary<string, KeyAnswer>(asked.Count, StringComparer.Ordinal);
        foreach ((string name, Task<KeyAnswer> answer) in asked)
        {
            keys[name] = await answer;
        }

        // 3 Judge. A message without a signature costs no thread.
        BodyForm[] forms = [.. dkim.Forms, .. arc.Forms, .. wantsBody ? [BodyForm.WholeRelaxed] : (ReadOnlySpan<BodyForm>)[]];
        if (forms.Length == 0)
        {
            return new ContentFindings(dkim.Judge(keys, BodyHashes.Read(forms, body)), arc.Judge(keys, BodyHashes.Read(forms, body)), null);
        }

        return await run(() =>
        {
            BodyHashes hashes = BodyHashes.Read(forms, body);
            return new ContentFindings(dkim.Judge(keys, hashes), arc.Judge(keys, hashes), wantsBody ? hashes[BodyForm.WholeRelaxed] : null);
        });
    }
}
