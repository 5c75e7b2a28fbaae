using System.Security.Cryptography;
using System.Text;

namespace Godwit.Sasl;

/// <summary>CRAM-MD5 (RFC 2195).</summary>
internal sealed class CramMd5Client(string user, string password) : SaslClient(SaslMechanism.CramMd5)
{
    private bool _asked;

    public override byte[]? FirstMessage() => null;

    public override byte[]? Answer(ReadOnlySpan<byte> challenge)
    {
        if (_asked || challenge.IsEmpty)
        {
            return null;
        }

        _asked = true;
#pragma warning disable CA5351 // RFC 2195 is built on HMAC-MD5.
        string digest = Convert.ToHexStringLower(HMACMD5.HashData(Encoding.UTF8.GetBytes(password), challenge));
#pragma warning restore CA5351
        return Encoding.UTF8.GetBytes($"{user} {digest}");
    }
}
