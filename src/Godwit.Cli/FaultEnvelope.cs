// What went wrong before a server could say it, in the machine format that was asked for: a script reads one form, whoever writes it. Stateless.

using System.Security;
using System.Text.Json;

namespace Godwit.Cli;

internal static class FaultEnvelope
{
    /// <param name="message">A sentence of this program's.</param>
    /// <param name="format">json, xml or dom.</param>
    public static string Of(string message, string format)
    {
        message = message.TrimEnd('\n');
        return format switch
        {
            "json" => $$"""{"data":{},"status":"error","message":"{{JsonEncodedText.Encode(message)}}"}""",
            "xml" => $"<rsp><data/><message>{SecurityElement.Escape(message)}</message><fail/></rsp>",
            _ => $"error=\"{InQuotes(message)}\"",
        };
    }

    private static string InQuotes(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
