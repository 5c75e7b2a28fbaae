// The machine formats of what this program says itself, without a server: a script reads one form, whoever writes it. Stateless.

using System.Security;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Cli;

internal static class Envelope
{
    /// <summary>What went wrong.</summary>
    /// <param name="message">A sentence of this program's.</param>
    /// <param name="format">json, xml or dom.</param>
    public static string Fault(string message, string format)
    {
        message = message.TrimEnd('\n');
        return format switch
        {
            "json" => $$"""{"data":{},"status":"error","message":"{{InJson(message)}}"}""",
            "xml" => $"<rsp><data/><message>{SecurityElement.Escape(message)}</message><fail/></rsp>",
            _ => $"error=\"{InQuotes(message)}\"",
        };
    }

    /// <summary>One named value that was asked for.</summary>
    /// <param name="format">json, xml or dom.</param>
    public static string Value(string name, string value, string format) => format switch
    {
        "json" => $$"""{"data":{"{{name}}":"{{InJson(value)}}"},"status":"success","message":""}""",
        "xml" => $"<rsp><data><{name}>{SecurityElement.Escape(value)}</{name}></data><succ/></rsp>",
        _ => $"{name}=\"{InQuotes(value)}\"",
    };

    // Relaxed, as the server's: it goes to a script or a terminal, never into a page.
    private static string InJson(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    private static string InQuotes(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
