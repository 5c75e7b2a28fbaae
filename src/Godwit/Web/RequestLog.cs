// What http-log-requests and http-log-data ask for: a line for each request, and the heads of request and reply. Follows the configuration at once.
// Secrets are left out by name; bodies, which hold passwords and whole configurations, are never written.

using System.Text;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Godwit.Web;

/// <summary>Writes requests to the log.</summary>
internal sealed class RequestLog(Operator @operator, ILogger log)
{
    /// <summary>Fields that may open something, in requests and replies.</summary>
    private static readonly HashSet<string> _secret = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", CallerDesk.ApiKeyHeader, CallerDesk.CsrfHeader, ControlToken.Header,
    };

    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        ServerSettings settings = @operator.Settings;
        if (!settings.HttpLogRequests && !settings.HttpLogData)
        {
            await next(context);
            return;
        }

        string request = $"{context.Request.Method} {context.Request.Path.ToUriComponent()}{context.Request.QueryString}";
        if (settings.HttpLogData)
        {
            log.ConsoleReceived(Peer(context), request + Fields(context.Request.Headers));
        }

        await next(context);
        if (settings.HttpLogRequests)
        {
            log.ConsoleRequest(Caller.Of(context).Name, request, context.Response.StatusCode);
        }

        if (settings.HttpLogData)
        {
            log.ConsoleSent(Peer(context), context.Response.StatusCode + Fields(context.Response.Headers));
        }
    }

    private static string Peer(HttpContext context) => AddressAccess.Plain(context.Connection.RemoteIpAddress).ToString();

    private static string Fields(IHeaderDictionary fields)
    {
        var text = new StringBuilder();
        foreach ((string name, StringValues value) in fields)
        {
            text.Append(" | ").Append(name).Append(": ").Append(_secret.Contains(name) ? SecretValue.Mask : value.ToString());
        }

        return text.ToString();
    }
}
