using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Godwit.Settings;

namespace Godwit.Sasl;

/// <summary>SCRAM-SHA-256 (RFC 5802, RFC 7677): the host proves that it knows the password, too.</summary>
/// <param name="nonce">Ours; no host was sent it before.</param>
internal sealed class ScramClient(string user, string password, string nonce) : SaslClient(SaslMechanism.ScramSha256)
{
    /// <summary>No channel binding.</summary>
    private const string Header = "n,,";

    private readonly string _first = $"n={Escaped(user)},r={nonce}";
    private byte[]? _expected;
    private bool _isProved;

    public override bool MayEnd => _isProved;

    public override byte[]? FirstMessage() => Encoding.Latin1.GetBytes(Header + _first);

    public override byte[]? Answer(ReadOnlySpan<byte> challenge)
    {
        if (challenge.IsEmpty && _expected is null)
        {
            return FirstMessage();
        }

        string text = Encoding.Latin1.GetString(challenge);
        if (_expected is null)
        {
            return Prove(text);
        }

        Span<byte> signature = stackalloc byte[ScramKeys.Length];
        _isProved = text.StartsWith("v=", StringComparison.Ordinal) && Convert.TryFromBase64Chars(text.AsSpan(2), signature, out int length)
            && CryptographicOperations.FixedTimeEquals(signature[..length], _expected);
        return _isProved ? [] : null;
    }

    /// <summary>Answers <c>r=nonces,s=salt,i=iterations</c>.</summary>
    private byte[]? Prove(string text)
    {
        string[] parts = text.Split(',');
        byte[] salt = new byte[text.Length];
        if (parts.Length < 3 || !parts[0].StartsWith("r=" + nonce, StringComparison.Ordinal) || parts[0].Length == nonce.Length + 2
            || !parts[1].StartsWith("s=", StringComparison.Ordinal) || !Convert.TryFromBase64Chars(parts[1].AsSpan(2), salt, out int length)
            || !parts[2].StartsWith("i=", StringComparison.Ordinal)
            || !int.TryParse(parts[2].AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < PasswordHash.MinIterations or > PasswordHash.MaxIterations)
        {
            return null;
        }

        byte[] salted = PasswordHash.Derive(Encoding.UTF8.GetBytes(password), salt.AsSpan(0, length), iterations);
        string final = $"c={Convert.ToBase64String(Encoding.Latin1.GetBytes(Header))},{parts[0]}";
        byte[] signed = ScramKeys.AuthMessage(_first, text, final);
        _expected = ScramKeys.Of(salted).ServerSignature(signed);
        return Encoding.Latin1.GetBytes($"{final},p={Convert.ToBase64String(ScramKeys.ClientProof(salted, signed))}");
    }

    /// <summary>UTF-8 in Latin-1's clothes, as all of the message.</summary>
    private static string Escaped(string name) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(name))
        .Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
}
