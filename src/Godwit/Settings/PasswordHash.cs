// A password as it may stand in the configuration without being readable: {pbkdf2}ITERATIONS$SALT$HASH. Immutable. The one place that knows this form;
// the command line is compiled with this file too, under a namespace of its own, so it uses nothing of the house.
//
// HASH is PBKDF2 (RFC 8018) with HMAC-SHA-256 over the UTF-8 octets of the password, 32 octets, and therefore what SCRAM-SHA-256 calls SaltedPassword
// (RFC 5802 section 3): one line serves PLAIN, LOGIN and SCRAM-SHA-256. It also means that whoever reads the line can log in by SCRAM, though with no other
// mechanism and at no other server: the file stays a secret.

using System.Globalization;
using System.Security.Cryptography;

#if COMMAND_LINE
namespace Godwit.Cli;
#else
namespace Godwit.Settings;
#endif

/// <summary>The hash of a password, with what is needed to compare with it.</summary>
public sealed class PasswordHash
{
    public const string Prefix = "{pbkdf2}";

    /// <summary>Some 30 ms of one core: a thousand times the cost of a guess at a bare hash, and little beside a campaign.</summary>
    public const int UsualIterations = 100_000;

    /// <summary>RFC 7677 section 4.</summary>
    public const int MinIterations = 4096;

    /// <summary>Half a second of one core: more would be an attack on ourselves.</summary>
    public const int MaxIterations = 2_000_000;

    /// <summary>Octets of SHA-256.</summary>
    public const int HashLength = 32;

    /// <summary>Octets of a salt that is made here.</summary>
    public const int UsualSalt = 16;

    private const int MinSalt = 8;
    private const int MaxSalt = 64;

    private PasswordHash(int iterations, byte[] salt, byte[] hash) => (Iterations, Salt, Hash) = (iterations, salt, hash);

    public int Iterations { get; }

    public ReadOnlyMemory<byte> Salt { get; }

    /// <summary>SCRAM's SaltedPassword.</summary>
    public ReadOnlyMemory<byte> Hash { get; }

    /// <summary>Whether a value of the configuration claims to be one.</summary>
    public static bool IsMeant(string text) => text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the textual form. The fault is a sentence that shows nothing of it.</summary>
    public static bool TryRead(string text, out PasswordHash? read, out string fault)
    {
        read = null;
        string[] parts = IsMeant(text) ? text[Prefix.Length..].Split('$') : [];
        if (parts.Length != 3)
        {
            fault = $"a hashed password has the form {Prefix}ITERATIONS$SALT$HASH; \"godwit hash-password\" makes one";
            return false;
        }

        fault = !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < MinIterations or > MaxIterations ? $"a hashed password has from {MinIterations} to {MaxIterations} iterations"
            : !TryOctets(parts[1], out byte[] salt) || salt.Length is < MinSalt or > MaxSalt
            ? $"the salt of a hashed password is base64 of {MinSalt} to {MaxSalt} octets"
            : !TryOctets(parts[2], out byte[] hash) || hash.Length != HashLength ? $"the hash of a hashed password is base64 of {HashLength} octets"
            : "";
        if (fault.Length > 0)
        {
            return false;
        }

        read = new PasswordHash(iterations, Convert.FromBase64String(parts[1]), Convert.FromBase64String(parts[2]));
        return true;
    }

    /// <summary>Hashes a password with a salt of its own.</summary>
    public static PasswordHash Of(ReadOnlySpan<byte> password, int iterations)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(UsualSalt);
        return new PasswordHash(iterations, salt, Derive(password, salt, iterations));
    }

    /// <summary>A hash that no known password has, for comparisons that must fail.</summary>
    public static PasswordHash ThatNothingFits(int iterations) =>
        new(iterations, RandomNumberGenerator.GetBytes(UsualSalt), RandomNumberGenerator.GetBytes(HashLength));

    /// <summary>PBKDF2-HMAC-SHA-256. Takes some 300 ns of a core for each iteration.</summary>
    public static byte[] Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashLength);

    /// <summary>The textual form. Never log it.</summary>
    public string Reveal() => string.Create(
        CultureInfo.InvariantCulture, $"{Prefix}{Iterations}${Convert.ToBase64String(Salt.Span)}${Convert.ToBase64String(Hash.Span)}");

    /// <summary>Nothing that could be logged by accident.</summary>
    public override string ToString() => Prefix;

    private static bool TryOctets(string text, out byte[] octets)
    {
        octets = new byte[(text.Length + 3) / 4 * 3];
        bool fine = Convert.TryFromBase64String(text, octets, out int length);
        octets = octets[..length];
        return fine;
    }
}
