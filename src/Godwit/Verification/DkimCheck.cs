// The DKIM signatures of one message: which there are, what they need, and what becomes of each (RFC 6376 section 6). Owned by one check of a content.
// Steps: read, ask for keys, judge on a signing thread; the middle one is the caller's.

using Godwit.Dkim;
using Godwit.Mail;

namespace Godwit.Verification;

/// <summary>Checks signatures.</summary>
internal sealed class DkimCheck
{
    /// <summary>Signatures that are looked at, from the top: each costs a lookup and a verification. Honest mail has up to four.</summary>
    public const int MaxSignatures = 10;

    /// <summary>Forms of one body that are hashed, l= and all. Honest mail has one or two; every further one would be the whole body once more.</summary>
    public const int MaxForms = 4;

    private readonly List<(SignatureField? Field, SignatureFinding? Early)> _signatures = [];
    private readonly HeaderIndex _header;

    /// <param name="unixSeconds">Now, for x=.</param>
    public DkimCheck(HeaderIndex header, long unixSeconds)
    {
        _header = header;
        IReadOnlyList<HeaderField> fields = header.Named("DKIM-Signature");
        for (int i = 0; i < fields.Count && i < MaxSignatures; i++)
        {
            SignatureField? field = SignatureField.Read(header.Octets(fields[i]), SignatureKind.Dkim, out string problem);
            (SignatureResult Result, string Reason)? early = field is null
                ? (SignatureResult.Neutral, problem)
                : SignatureJudge.BeforeKey(field, problem, unixSeconds);
            _signatures.Add((field, early is { } found ? Finding(field, found) : null));
        }
    }

    /// <summary>Names of the keys that are needed.</summary>
    public IEnumerable<string> KeyNames => _signatures.Where(each => each.Early is null).Select(each => each.Field!.KeyName);

    /// <summary>Forms in which the body must be hashed: those of signatures whose key was found, the first few.</summary>
    public IEnumerable<BodyForm> Forms(IReadOnlyDictionary<string, KeyAnswer> keys) => _signatures
        .Where(each => each.Early is null && keys[each.Field!.KeyName].Key is not null).Select(each => FormOf(each.Field!)).Distinct().Take(MaxForms);

    /// <summary>The form of body that a signature signs.</summary>
    public static BodyForm FormOf(SignatureField field) => new(field.BodyForm, field.BodyLimit);

    /// <summary>A finding for each signature; empty when there is none.</summary>
    public IReadOnlyList<SignatureFinding> Judge(IReadOnlyDictionary<string, KeyAnswer> keys, BodyHashes hashes)
    {
        var findings = new List<SignatureFinding>(_signatures.Count);
        foreach ((SignatureField? field, SignatureFinding? early) in _signatures)
        {
            findings.Add(early ?? Finding(field, JudgeOne(field!, keys[field!.KeyName], hashes)));
        }

        return findings;
    }

    private (SignatureResult Result, string Reason) JudgeOne(SignatureField field, KeyAnswer answer, BodyHashes hashes)
    {
        if (answer.Key is not { } key)
        {
            return (answer.Result, answer.Reason);
        }

        // Section 3.6.1, t=s: no subdomains.
        if (key.IsStrict && !field.Identity.EndsWith($"@{field.Domain.Text}", StringComparison.OrdinalIgnoreCase))
        {
            return (SignatureResult.PermError, "i= is below d=, which the key does not allow");
        }

        if (!hashes.TryFind(FormOf(field), out BodyHash body))
        {
            return (SignatureResult.Neutral, $"not evaluated: the message is signed in more than {MaxForms} forms of its body");
        }

        (SignatureResult result, string reason) = SignatureJudge.Judge(field, key, _header, body);

        // Section 3.6.1, t=y: a failure of somebody who is only trying makes the message an unsigned one.
        return key.IsTesting && result == SignatureResult.Fail ? (SignatureResult.Neutral, $"{reason}; the key is for testing") : (result, reason);
    }

    private static SignatureFinding Finding(SignatureField? field, (SignatureResult Result, string Reason) found) => field is null
        ? new SignatureFinding(found.Result, found.Reason, "", "", "", "", "")
        : new SignatureFinding(
            found.Result, found.Reason, field.Domain.Text, field.Selector, field.Algorithm,
            PlainText.Of(field.Identity, EmailAddress.MaxOctets), field.Mark);
}
