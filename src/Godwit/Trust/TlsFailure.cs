using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>One kind of failure between two hosts: sessions that are alike in all of this are counted together (RFC 8460 section 4.4).</summary>
internal readonly record struct TlsFailure(
    TlsResultType Type, string SendingAddress, string ReceivingHost, string ReceivingAddress, string Greeting, string Detail)
{
    /// <summary>Characters of what a peer says about itself, and of our words about a failure.</summary>
    private const int MaxChars = 200;

    public static TlsFailure Of(TlsSession session) => new(
        session.Failure!.Value,
        session.SendingAddress?.ToString() ?? "",
        session.ReceivingHost,
        session.ReceivingAddress?.ToString() ?? "",
        Bounded(session.ReceivingGreeting),
        Bounded(session.Detail));

    private static string Bounded(string text) => text.Length <= MaxChars ? text : text[..MaxChars];
}
