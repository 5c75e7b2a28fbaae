// Validates the ARC chain that a message came with (RFC 8617 section 5.2). Owned by one check of a content. Steps as in DkimCheck.

using System.Buffers;
using Godwit.Dkim;
using Godwit.Settings;

namespace Godwit.Verification;

/// <summary>Checks a chain.</summary>
internal sealed class ArcCheck
{
    private readonly HeaderIndex _header;
    private readonly IReadOnlyList<ArcSet> _sets;
    private readonly ArcFinding? _early;

    public ArcCheck(HeaderIndex header)
    {
        _header = header;
        _sets = ArcSet.Find(header, out int highest, out string problem);
        _early = problem.Length > 0 ? Failed(problem, highest) with { IsSealedAsFailed = IsLastSealedAsFailed(header, highest) }
            : _sets.Count == 0 ? ArcFinding.NoChain
            : UnusableAlgorithm() is { } unusable ? Failed(unusable, _sets.Count)
            : null;
    }

    public IEnumerable<string> KeyNames => _early is not null ? [] : _sets.Select(set => set.Seal.KeyName).Append(_sets[^1].Message.KeyName);

    /// <summary>Only the latest message signature must hold: the others were broken by whoever changed the message and sealed that.</summary>
    public IEnumerable<BodyForm> Forms => _early is not null ? [] : [DkimCheck.FormOf(_sets[^1].Message)];

    public ArcFinding Judge(IReadOnlyDictionary<string, KeyAnswer> keys, BodyHashes hashes)
    {
        if (_early is not null)
        {
            return _early;
        }

        ArcSet latest = _sets[^1];
        if (keys[latest.Message.KeyName] is not { Key: { } messageKey })
        {
            return Unknown(keys[latest.Message.KeyName], ArcSet.MessageName, _sets.Count);
        }

        (SignatureResult result, string reason) = SignatureJudge.Judge(latest.Message, messageKey, _header, hashes[DkimCheck.FormOf(latest.Message)]);
        if (result != SignatureResult.Pass)
        {
            return Failed($"{ArcSet.MessageName} {_sets.Count}: {reason}", _sets.Count);
        }

        for (int instance = _sets.Count; instance >= 1; instance--)
        {
            SignatureField seal = _sets[instance - 1].Seal;
            if (keys[seal.KeyName] is not { Key: { } sealKey })
            {
                return Unknown(keys[seal.KeyName], ArcSet.SealName, instance);
            }

            (result, reason) = SignatureJudge.Verify(seal, sealKey, Sealed(instance));
            if (result != SignatureResult.Pass)
            {
                return Failed($"{ArcSet.SealName} {instance}: {reason}", _sets.Count);
            }
        }

        return new ArcFinding(ArcResult.Pass, "", _sets.Count, latest.Seal.Domain.Text);
    }

    /// <summary>What a seal signs: every set up to its own, the seal itself last and without its signature (section 5.1.1).</summary>
    private ReadOnlySpan<byte> Sealed(int instance)
    {
        var canonical = new ArrayBufferWriter<byte>(4096);
        for (int i = 0; i < instance; i++)
        {
            ArcSet set = _sets[i];
            CanonicalHeader.Write(canonical, _header.Octets(set.Results), DkimCanonicalization.Relaxed);
            CanonicalHeader.Write(canonical, set.Message.Octets, DkimCanonicalization.Relaxed);
            if (i < instance - 1)
            {
                CanonicalHeader.Write(canonical, set.Seal.Octets, DkimCanonicalization.Relaxed);
            }
            else
            {
                CanonicalHeader.WriteLast(canonical, set.Seal.Unsigned(), DkimCanonicalization.Relaxed);
            }
        }

        return canonical.WrittenSpan;
    }

    private string? UnusableAlgorithm()
    {
        if (_sets[^1].Message.Kind is null)
        {
            return $"{ArcSet.MessageName} {_sets.Count}: the algorithm {_sets[^1].Message.Algorithm} is not accepted";
        }

        ArcSet? unusable = _sets.FirstOrDefault(set => set.Seal.Kind is null);
        return unusable is null ? null : $"{ArcSet.SealName}: the algorithm {unusable.Seal.Algorithm} is not accepted";
    }

    private ArcFinding Unknown(KeyAnswer answer, string kind, int instance) =>
        Failed($"{kind} {instance}: {answer.Reason}", _sets.Count) with { IsTemporary = answer.Result == SignatureResult.TempError };

    private ArcFinding Failed(string reason, int highest) =>
        new(ArcResult.Fail, PlainText.Of(reason, 200), highest, _sets.Count > 0 ? _sets[^1].Seal.Domain.Text : "");

    private static bool IsLastSealedAsFailed(HeaderIndex header, int highest)
    {
        foreach (Mail.HeaderField field in header.Named(ArcSet.SealName))
        {
            SignatureField? seal = SignatureField.Read(header.Octets(field), SignatureKind.ArcSeal, out _);
            if (seal?.Tags["cv"] is { } validation && validation.Equals("fail", StringComparison.OrdinalIgnoreCase)
                && seal.Tags.TryNumber("i", out long? number) && number == highest)
            {
                return true;
            }
        }

        return false;
    }
}
