// Everything that a content proves by itself: its DKIM signatures and its ARC chain. The header is indexed once, the body read once and only in the forms
// that a key was found for; a chain is followed from its latest seal and no further than it holds. What costs is done where the caller says. Static.

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
        ReadOnlyMemory<byte> header, PieceReader body, bool wantsBody, long unixSeconds, SenderLookup lookup, Func<Action, Task> run,
        CancellationToken cancellation)
    {
        // 1 Read.
        var index = new HeaderIndex(header);
        var dkim = new DkimCheck(index, unixSeconds);
        var arc = new ArcCheck(index);

        // 2 Keys over the body, side by side, each asked for once.
        var asked = new Dictionary<string, Task<KeyAnswer>>(StringComparer.Ordinal);
        foreach (string name in dkim.KeyNames.Append(arc.MessageKeyName))
        {
            if (name.Length > 0 && !asked.ContainsKey(name))
            {
                asked[name] = KeyAnswer.AskAsync(lookup, name, cancellation);
            }
        }

        var keys = new Dictionary<string, KeyAnswer>(asked.Count, StringComparer.Ordinal);
        foreach ((string name, Task<KeyAnswer> answer) in asked)
        {
            keys[name] = await answer;
        }

        // 3 What stands over the body. A message without a signature costs no thread.
        BodyForm[] forms = [.. dkim.Forms(keys), .. arc.Forms(keys), .. wantsBody ? [BodyForm.WholeRelaxed] : (ReadOnlySpan<BodyForm>)[]];
        IReadOnlyList<SignatureFinding> signatures = [];
        BodyHash? whole = null;
        if (forms.Length == 0)
        {
            Judge();
        }
        else
        {
            await run(Judge);
        }

        // 4 The seals, from the latest to the first: each key is asked for when everything behind it holds.
        while (arc.NextKeyName is { Length: > 0 } name)
        {
            if (!keys.TryGetValue(name, out KeyAnswer? answer))
            {
                keys[name] = answer = await KeyAnswer.AskAsync(lookup, name, cancellation);
            }

            if (answer.Key is null)
            {
                arc.JudgeSeal(answer);
            }
            else
            {
                await run(() => arc.JudgeSeal(answer));
            }
        }

        return new ContentFindings(signatures, arc.Finding, whole);

        void Judge()
        {
            BodyHashes hashes = BodyHashes.Read(forms, body);
            signatures = dkim.Judge(keys, hashes);
            arc.JudgeMessage(keys, hashes);
            whole = wantsBody ? hashes[BodyForm.WholeRelaxed] : null;
        }
    }
}
