// The users of one configuration, and whether a password is theirs. Owned by whoever holds the configuration; thrown away with it, and with it what it
// remembers. Thread safe. Promises that a wrong password and an unknown user cost the same time and get the same answer, and that a password that was right
// a moment ago is not hashed again for every connection of a busy sender.

using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Settings;

namespace Godwit.Sasl;

/// <summary>How a comparison of passwords ended.</summary>
public enum PasswordVerdict : byte
{
    Wrong,
    Right,

    /// <summary>Not compared: too many others wait.</summary>
    Busy,
}

/// <summary>Knows users and compares passwords.</summary>
public sealed partial class UserBook
{
    /// <summary>Right passwords that are remembered: more senders than one server has. Full, all are forgotten.</summary>
    private const int MaxRemembered = 4096;

    private readonly IReadOnlyDictionary<string, SmtpUserSettings> _users;
    private readonly PasswordWork _work;
    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _right = [];

    /// <summary>Hashed with the most iterations of all, and no password fits: what an unknown user's is compared with. Null when no user's is hashed.</summary>
    private readonly PasswordHash? _decoy;

    public UserBook(IReadOnlyDictionary<string, SmtpUserSettings> users, PasswordWork work)
    {
        (_users, _work) = (users, work);
        SmtpUserSettings[] byPassword = [.. users.Values.Where(user => user is { Method: AuthenticationMethod.Password, Password.IsEmpty: false })];
        PasswordHash[] hashes = [.. byPassword.Select(user => user.Hash).OfType<PasswordHash>()];
        _decoy = hashes.Length > 0 ? PasswordHash.ThatNothingFits(hashes.Max(hash => hash.Iterations)) : null;
        _scramIterations = hashes.Length > 0 ? [.. hashes.CountBy(static hash => hash.Iterations).Select(static each => (each.Key, each.Value))]
            : [(PasswordHash.MinIterations, 1)];
        WithCertificate = [.. users.Values.Where(user => user is { Method: AuthenticationMethod.Certificate, Certificate: not null })];
        Mechanisms = (byPassword.Length > 0 ? SaslMechanism.Plain | SaslMechanism.Login | SaslMechanism.ScramSha256 : SaslMechanism.None)
            | (hashes.Length < byPassword.Length ? SaslMechanism.CramMd5 : SaslMechanism.None);
    }

    /// <summary>The mechanisms that some user could authenticate with by a password.</summary>
    public SaslMechanism Mechanisms { get; }

    /// <summary>Those who authenticate by a certificate.</summary>
    public IReadOnlyList<SmtpUserSettings> WithCertificate { get; }

    /// <summary>The user of that name, whatever its case and however it authenticates.</summary>
    public SmtpUserSettings? Find(string name) => _users.GetValueOrDefault(name);

    /// <summary>Compares a password, on other threads where that takes long.</summary>
    /// <param name="client">Whose work it is, as <see cref="PasswordWork"/> counts clients.</param>
    /// <param name="claimed">Null is nobody, and takes as long as anybody.</param>
    public async ValueTask<PasswordVerdict> CheckAsync(IPAddress client, SmtpUserSettings? claimed, ReadOnlyMemory<byte> password)
    {
        SmtpUserSettings? user = WithPassword(claimed);
        UInt128 given = Fingerprint(user?.Name ?? "", password.Span);
        UInt128 plain = Fingerprint(user?.Name ?? "", Encoding.UTF8.GetBytes(user is { Hash: null } ? user.Password.Reveal() : ""));
        if ((user is { Hash: null } & Equal(given, plain)) || (user?.Hash is not null && IsRemembered(given)))
        {
            return PasswordVerdict.Right;
        }

        if (_decoy is null)
        {
            return PasswordVerdict.Wrong;
        }

        PasswordHash hash = user?.Hash ?? _decoy;
        PasswordVerdict verdict = await _work.TryRunAsync(client, () => new Compared(Compare(given, hash, password.Span, _decoy.Iterations))) switch
        {
            null => PasswordVerdict.Busy,
            { IsEqual: true } => PasswordVerdict.Right,
            _ => PasswordVerdict.Wrong,
        };
        if (verdict == PasswordVerdict.Right)
        {
            Remember(given);
        }

        return verdict;
    }

    /// <summary>The digest of CRAM-MD5 in hexadecimal digits; false, and a digest that nobody can know, for who has no plain password.</summary>
    internal bool TryDigest(SmtpUserSettings? claimed, ReadOnlySpan<byte> challenge, Span<byte> digest)
    {
        bool known = WithPassword(claimed) is { Hash: null };
        byte[] key = known ? Encoding.UTF8.GetBytes(claimed!.Password.Reveal()) : RandomNumberGenerator.GetBytes(16);
#pragma warning disable CA5351 // RFC 2195 is built on HMAC-MD5; nothing but this mechanism uses it.
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACMD5.HashData(key, challenge)), digest);
#pragma warning restore CA5351
        return known;
    }

    private static SmtpUserSettings? WithPassword(SmtpUserSettings? user) =>
        user is { Method: AuthenticationMethod.Password, Password.IsEmpty: false } ? user : null;

    /// <summary>A wrong password costs as many iterations as the dearest hash has, whoever's it was tried for.</summary>
    private bool Compare(UInt128 given, PasswordHash hash, ReadOnlySpan<byte> password, int iterations)
    {
        // A sender that connects many times at once has it compared once: meanwhile another of its connections was right.
        if (IsRemembered(given))
        {
            return true;
        }

        bool equal = CryptographicOperations.FixedTimeEquals(PasswordHash.Derive(password, hash.Salt.Span, hash.Iterations), hash.Hash.Span);
        if (!equal && hash.Iterations < iterations)
        {
            PasswordHash.Derive(password, hash.Salt.Span, iterations - hash.Iterations);
        }

        return equal;
    }

    /// <summary>Equal for equal passwords of one user, and useless without this process's key.</summary>
    private UInt128 Fingerprint(string name, ReadOnlySpan<byte> password)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _work.Key);
        mac.AppendData(Encoding.UTF8.GetBytes(name));
        mac.AppendData([0]);
        mac.AppendData(password);
        Span<byte> digest = stackalloc byte[PasswordHash.HashLength];
        mac.GetHashAndReset(digest);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    /// <summary>Both are digests under a key that nobody knows: how long their comparison takes says nothing.</summary>
    private static bool Equal(UInt128 one, UInt128 other) => one == other;

    private bool IsRemembered(UInt128 password)
    {
        lock (_gate)
        {
            return _right.Contains(password);
        }
    }

    private void Remember(UInt128 password)
    {
        lock (_gate)
        {
            if (_right.Count >= MaxRemembered)
            {
                _right.Clear();
            }

            _right.Add(password);
        }
    }

    private sealed record Compared(bool IsEqual);
}
