// Who may speak to the management port. It listens on loopback, but a browser on this machine speaks to loopback for whatever page it shows:
// so the Host must be a name of loopback (a page behind a rebound DNS name has its own name there), and a request from a page must come from a page of ours.

using System.Net;
using Microsoft.AspNetCore.Http;

namespace Godwit.Web;

/// <summary>The decision whether a request comes from this machine's operator or from a foreign web page.</summary>
internal static class RequestGuard
{
    /// <summary>Why the request is refused; null when it may pass.</summary>
    public static string? Refusal(HttpRequest request)
    {
        if (!IsLoopbackName(request.Host.Host))
        {
            return "the Host of the request is not a name of this machine's loopback: use 127.0.0.1 or localhost";
        }

        string? origin = request.Headers.Origin;
        return string.IsNullOrEmpty(origin) || IsOwnOrigin(origin, request.Host)
            ? null
            : "requests from pages of other sites are refused";
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static bool IsOwnOrigin(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase);
}
