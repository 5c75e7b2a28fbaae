using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Sasl;

/// <summary>CRAM-MD5 (RFC 2195): the client hashes our challenge with its password. For users whose password is written plain.</summary>
/// <param name="challenge">A message id that nobody was sent before.</param>
internal sealed class CramMd5Exchange(UserBook users, byte[] challenge) : SaslExchange(SaslMechanism.CramMd5)
{
    /// <summary>Hexadecimal digits of MD5.</summary>
    private const int DigestLength = 32;

    private bool _asked;

    public override bool ClientFirst => false;

    public static byte[] NewChallenge(string hostName) => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"<{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}@{hostName}>"));

    protected override ValueTask<SaslStep> TakeAsync(byte[]? message) => new(Take(message));

    private SaslStep Take(byte[]? message)
    {
        if (!_asked)
        {
            _asked = true;
            return message is null ? new SaslStep(SaslStatus.Challenge, challenge) : SaslStep.Malformed;
        }

        // The name may hold blanks; the digest does not.
        int blank = message.AsSpan().LastIndexOf((byte)' ');
        if (blank is < 1 or > MaxName || message!.Length - blank - 1 != DigestLength || !SaslText.TryRead(message.AsSpan(0, blank), out string name))
        {
            return SaslStep.Malformed;
        }

        Claimed = users.Find(name);
        Span<byte> expected = stackalloc byte[DigestLength];
        bool known = users.TryDigest(Claimed, challenge, expected);
        bool equal = CryptographicOperations.FixedTimeEquals(expected, message.AsSpan(blank + 1));
        return Conclude(known & equal ? PasswordVerdict.Right : PasswordVerdict.Wrong);
    }
}
