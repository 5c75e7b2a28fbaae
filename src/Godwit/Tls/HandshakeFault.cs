// Why a handshake failed, in the words of whoever knew: .NET wraps OpenSSL's reason twice and says itself only that there is one. Static.

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Godwit.Tls;

/// <summary>Reads the exceptions of handshakes.</summary>
public static class HandshakeFault
{
    /// <summary>A reason is a line in a log and a field in a record: what a peer can bring into it has an end.</summary>
    private const int MaxLength = 200;

    /// <summary>One line without the names of our libraries: <c>unsupported protocol</c>, <c>the peer's alert: unknown ca</c>.</summary>
    public static string Explain(Exception failure)
    {
        for (Exception? each = failure; each is not null; each = each.InnerException)
        {
            if (FromOpenSsl(each.Message) is { Length: > 0 } reason)
            {
                return reason;
            }
        }

        string words = failure switch
        {
            { InnerException: SocketException or IOException } and AuthenticationException => failure.Message,
            AuthenticationException { InnerException: { } inner } => inner.Message,
            _ => failure.Message,
        };
        return Cut(words);
    }

    /// <summary>The text behind "error:0A000102:SSL routines::", one of which stands for each step that noticed the failure; the first is the cause.</summary>
    private static string FromOpenSsl(string message)
    {
        int start = message.IndexOf("error:", StringComparison.Ordinal);
        int text = start < 0 ? -1 : message.IndexOf("::", start, StringComparison.Ordinal);
        if (text < 0)
        {
            return "";
        }

        int end = message.IndexOfAny(['\r', '\n'], text);
        string reason = message[(text + 2)..(end < 0 ? message.Length : end)].Trim();
        int alert = reason.IndexOf(" alert ", StringComparison.Ordinal);

        // "sslv3 alert handshake failure" came from the peer, in the name of a version that nobody spoke.
        return alert < 0 ? Cut(reason) : Cut($"the peer's alert: {reason[(alert + " alert ".Length)..]}");
    }

    private static string Cut(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= MaxLength ? line : line[..MaxLength];
    }
}
