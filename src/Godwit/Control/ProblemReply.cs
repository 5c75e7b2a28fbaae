// The form of errors below /api: problem+json (RFC 9457). The one place that writes it.

using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Godwit.Control;

/// <summary>Writes errors as programs read them.</summary>
public static class ProblemReply
{
    public const string ContentType = "application/problem+json";

    /// <summary>Whether errors at this address have this form.</summary>
    public static bool IsMeant(HttpRequest request) => request.Path.StartsWithSegments("/api", StringComparison.Ordinal);

    /// <param name="status">HTTP's; it also gives the title.</param>
    /// <param name="detail">What is wrong with this request and what to do: a sentence.</param>
    public static Task WriteAsync(HttpContext context, int status, string detail)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "about:blank"u8);
            writer.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(status));
            writer.WriteNumber("status"u8, status);
            writer.WriteString("detail"u8, detail);
            writer.WriteEndObject();
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = buffer.WrittenCount;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }
}
