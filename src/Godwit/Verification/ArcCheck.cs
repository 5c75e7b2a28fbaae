// Validates the ARC chain that a message came with (RFC 8617 section 5.2). Owned by one check of a content.
// Steps: read, judge the latest message signature, judge the seals from the latest to the first. Asking for keys is the caller's; so is where to judge.

using System.Buffers;
using System.Security.Cryptography;
using Godwit.Dkim;
using Godwit.Settings;

namespace Godwit.Verification;

/// <summary>Checks a chain.</summary>
internal sealed class ArcCheck
{
    private readonly HeaderIndex _header;
    private readonly IReadOnlyList<ArcSet> _sets;
    private ArcFinding? _finding;

    /// <summary>The sets as seals sign them, and where in them each seal stands; empty until the message signature holds.</summary>
    private readonly ArrayBufferWriter<byte> _canonical = new();
    private int[] _before = [];

    /// <summary>The number of the seal that is judged next.</summary>
    private int _next;

    public ArcCheck(HeaderIndex header)
    {
        _header = header;
        _sets = ArcSet.Find(header, out int highest, out string problem);
        _finding = problem.Length > 0 ? Failed(problem, highest) with { IsSealedAsFailed = IsLastSealedAsFailed(header, highest) }
            : _sets.Count == 0 ? ArcFinding.NoChain
            : UnusableAlgorithm() is { } unusable ? Failed(unusable, _sets.Count)
            : null;
        _next = _sets.Count;
    }

    /// <summary>The name of the key of the latest message signature; empty when the chain has no need of one.</summary>
    public string MessageKeyName => _finding is not null ? "" : _sets[^1].Message.KeyName;

    /// <summary>The name of the key of the seal that is next; empty when nothing is left to be judged.</summary>
    public string NextKeyName => _finding is not null ? "" : _sets[_next - 1].Seal.KeyName;

    /// <summary>What was found, when nothing is left to be judged.</summary>
    public ArcFinding Finding => _finding!;

    /// <summary>Only the latest message signature must hold: the others were broken by whoever changed the message and sealed that.</summary>
    public IEnumerable<BodyForm> Forms(IReadOnlyDictionary<string, KeyAnswer> keys) =>
        _finding is not null || keys[MessageKeyName].Key is null ? [] : [DkimCheck.FormOf(_sets[^1].Message)];

    /// <summary>The first step. When the signature holds, the text that the seals sign is made ready for all of them.</summary>
    public void JudgeMessage(IReadOnlyDictionary<string, KeyAnswer> keys, BodyHashes hashes)
    {
        if (_finding is not null)
        {
            return;
        }

        ArcSet latest = _sets[^1];
        KeyAnswer answer = keys[latest.Message.KeyName];
        if (answer.Key is not { } key)
        {
            _finding = Unknown(answer, ArcSet.MessageName, _sets.Count);
            return;
        }

        (SignatureResult result, string reason) = SignatureJudge.Judge(latest.Message, key, _header, hashes[DkimCheck.FormOf(latest.Message)]);
        if (result == SignatureResult.Pass)
        {
            WriteSets();
        }
        else
        {
            _finding = Failed($"{ArcSet.MessageName} {_sets.Count}: {reason}", _sets.Count);
        }
    }

    /// <summary>The steps behind it: judges the seal that is next.</summary>
    public void JudgeSeal(KeyAnswer answer)
    {
        SignatureField seal = _sets[_next - 1].Seal;
        if (answer.Key is not { } key)
        {
            _finding = Unknown(answer, ArcSet.SealName, _next);
            return;
        }

        (SignatureResult result, string reason) = SignatureJudge.Verify(seal, key, HashSealed(_next - 1));
        _finding = result != SignatureResult.Pass ? Failed($"{ArcSet.SealName} {_next}: {reason}", _sets.Count)
            : --_next == 0 ? new ArcFinding(ArcResult.Pass, "", _sets.Count, _sets[^1].Seal.Domain.Text)
            : null;
    }

    /// <summary>
    /// What the seals sign (section 5.1.1): the sets in the order results, message signature, seal. Written once for all of them, in their order, because
    /// every seal covers what the one before it covers.
    /// </summary>
    private void WriteSets()
    {
        _before = new int[_sets.Count];
        for (int i = 0; i < _sets.Count; i++)
        {
            ArcSet set = _sets[i];
            CanonicalHeader.Write(_canonical, _header.Octets(set.Results), DkimCanonicalization.Relaxed);
            CanonicalHeader.Write(_canonical, set.Message.Octets, DkimCanonicalization.Relaxed);
            _before[i] = _canonical.WrittenCount;
            CanonicalHeader.Write(_canonical, set.Seal.Octets, DkimCanonicalization.Relaxed);
        }
    }

    /// <summary>The hash of the sets up to a seal's own, the seal itself last and without its signature. No more than a header is hashed.</summary>
    private byte[] HashSealed(int index)
    {
        var own = new ArrayBufferWriter<byte>(1024);
        CanonicalHeader.WriteLast(own, _sets[index].Seal.Unsigned(), DkimCanonicalization.Relaxed);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_canonical.WrittenSpan[.._before[index]]);
        hash.AppendData(own.WrittenSpan);
        return hash.GetHashAndReset();
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
