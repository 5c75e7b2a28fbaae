// Whether a request can come from a foreign web page. A browser speaks to this port for whatever page it shows: so the Host must be a name of ours (a page
// behind a rebound DNS name has its own name there), and a request from a page must come from a page of ours. Who shows a key is no page and may use any name.

using System.Net;
using Godwit.Mail;
using Godwit.Settings;
using Microsoft.AspNetCore.Http;

namespace Godwit.Web;

/// <summary>The decision whether a request may come from a foreign web page.</summary>
internal static class RequestGuard
{
    /// <summary>Why the request is refused; null when it may pass.</summary>
    public static string? Refusal(HttpRequest request, ServerSettings settings)
    {
        if (!IsOurs(request.Host.Host, settings))
        {
            return settings.HttpListensEverywhere
                ? "the Host of the request is no name of this server: use its address, or a host-name of its configuration"
                : "the Host of the request is not a name of this machine's loopback: use 127.0.0.1 or localhost";
        }

        string? origin = request.Headers.Origin;
        return string.IsNullOrEmpty(origin) || IsOwnOrigin(origin, request.Host)
            ? null
            : "requests from pages of other sites are refused";
    }

    /// <summary>
    /// Loopback always. Where other machines are let in, host-names, and every address: the one in the browser's line is the one that it connects to, also
    /// when it is translated on the way here, so that no foreign page can be behind it.
    /// </summary>
    private static bool IsOurs(string host, ServerSettings settings)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        bool open = settings.HttpListensEverywhere;
        return IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)
            ? open || IPAddress.IsLoopback(address)
            : open && DomainName.TryParse(host, out DomainName name) && settings.HostNames.Contains(name);
    }

    private static bool IsOwnOrigin(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase);
}
