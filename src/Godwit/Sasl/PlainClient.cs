using System.Text;

namespace Godwit.Sasl;

/// <summary>PLAIN (RFC 4616).</summary>
internal sealed class PlainClient(string user, string password) : SaslClient(SaslMechanism.Plain)
{
    public override byte[]? FirstMessage() => Encoding.UTF8.GetBytes($"\0{user}\0{password}");

    /// <summary>A host that did not take the message with the request asks for it with nothing.</summary>
    public override byte[]? Answer(ReadOnlySpan<byte> challenge) => challenge.IsEmpty ? FirstMessage() : null;
}
