using System.Text;

namespace Godwit.Sasl;

/// <summary>XOAUTH2, as the large mailbox providers publish it: a bearer token (RFC 6750) in the place of a password.</summary>
internal sealed class XOAuth2Client(string user, string token) : SaslClient(SaslMechanism.XOAuth2)
{
    public override byte[]? FirstMessage() => Encoding.UTF8.GetBytes($"user={user}\u0001auth=Bearer {token}\u0001\u0001");

    /// <summary>A challenge says in JSON why the token is refused, and wants nothing in return; the reply with the code comes behind it.</summary>
    public override byte[]? Answer(ReadOnlySpan<byte> challenge) => challenge.IsEmpty ? FirstMessage() : [];
}
