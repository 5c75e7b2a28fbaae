// What every request passes before its route: headers of safety, a certificate where one is wanted, who asks, foreign pages, plain HTTP, the route's level,
// and whether a change may be made.
// Owned by WebConsole. Fails closed: a route that does not say who may use it is for nobody, and the port does not open with one.

using System.Globalization;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Settings;
using Godwit.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Godwit.Web;

/// <summary>Lets requests through to their routes, or answers why not.</summary>
/// <param name="speaksTls">Whether the port has a certificate now.</param>
internal sealed class RequestGate(Operator @operator, CallerDesk desk, Func<bool> speaksTls, ILogger log)
{
    /// <summary>The name that routing gives the answer of its own to a method that an address does not have.</summary>
    private const string WrongMethod = "405 HTTP Method Not Supported";

    /// <summary>Throws when a route does not say who may use it.</summary>
    public static void AssertLevels(IEndpointRouteBuilder routes)
    {
        foreach (Endpoint endpoint in routes.DataSources.SelectMany(source => source.Endpoints))
        {
            if (endpoint.Metadata.GetMetadata<RouteLevel>() is null)
            {
                throw new InvalidOperationException($"the route {endpoint.DisplayName} does not say who may use it: register it with Needs(AccessLevel)");
            }
        }
    }

    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        ServerSettings settings = @operator.Settings;
        SetHeaders(context, settings);
        if (LacksCertificate(context, settings) is { Length: > 0 } unproved)
        {
            log.ConsoleRefusedCredential(context.Request.Method, context.Request.Path, AddressAccess.Plain(context.Connection.RemoteIpAddress), unproved);
            await RefuseAsync(context, StatusCodes.Status403Forbidden, unproved);
            return;
        }

        if (desk.Find(context, out string refusal) is not { } caller)
        {
            log.ConsoleRefusedCredential(context.Request.Method, context.Request.Path, AddressAccess.Plain(context.Connection.RemoteIpAddress), refusal);
            await RefuseAsync(context, StatusCodes.Status403Forbidden, refusal);
            return;
        }

        context.Features.Set(caller);
        context.Features.Set(desk.Watch(context));
        if (caller.Proof is CallerProof.Address or CallerProof.Session && RequestGuard.Refusal(context.Request, settings) is { } foreign)
        {
            log.ConsoleRefusedForeignRequest(context.Request.Host.Value ?? "", context.Request.Headers.Origin.ToString());
            await RefuseAsync(context, StatusCodes.Status403Forbidden, foreign);
            return;
        }

        if (MustMoveToTls(context, caller, settings))
        {
            await MoveAsync(context);
            return;
        }

        if (Judge(context, caller) is { Length: > 0 } why)
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, why);
            return;
        }

        await next(context);
    }

    /// <summary>Answers an error in the form that the address has.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string why)
    {
        if (ProblemReply.IsMeant(context.Request))
        {
            return ProblemReply.WriteAsync(context, status, why);
        }

        context.Response.StatusCode = status;
        _ = ReportFormats.TryParse(context.Request.Query["format"], ReportFormat.Text, out ReportFormat format);
        return WebRoutes.SendAsync(context, new MessageReport(ReportOutcome.Refused, why), format);
    }

    private static void SetHeaders(HttpContext context, ServerSettings settings)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = ConsoleAssets.NothingPolicy;
        if (context.Request.IsHttps && settings.HttpStrictTransportSecurityMaxAge > 0)
        {
            headers.StrictTransportSecurity = string.Create(CultureInfo.InvariantCulture, $"max-age={settings.HttpStrictTransportSecurityMaxAge}");
        }
    }

    /// <summary>
    /// Why a certificate is missing where clients must show one; empty when none is. It opens nothing by itself: level, key and session are asked for as
    /// without it.
    /// </summary>
    private static string LacksCertificate(HttpContext context, ServerSettings settings)
    {
        if (settings.HttpTls.CaFile.Length == 0 || !context.Request.IsHttps || context.GetEndpoint()?.Metadata.GetMetadata<NeedsNoCertificate>() is not null)
        {
            return "";
        }

        // A connection that is older than the directive has been asked for nothing: it is made anew.
        ClientProof proof = context.Features.Get<ClientProof>() ?? ClientProof.None;
        return proof.IsVerified ? "" : $"this port wants a certificate of an authority in http-tls-ca-file over HTTPS: {proof.Fault}";
    }

    /// <summary>
    /// This machine's own requests stay as they are: nobody can listen, and no certificate names 127.0.0.1. Where clients must show a certificate, nobody
    /// else gets around that in clear.
    /// </summary>
    private bool MustMoveToTls(HttpContext context, Caller caller, ServerSettings settings) =>
        !context.Request.IsHttps && (settings.HttpRedirectToHttps || settings.HttpTls.CaFile.Length > 0)
        && !System.Net.IPAddress.IsLoopback(caller.Address) && speaksTls();

    /// <summary>A body that came in clear is not taken: whoever sent it is told, and has nothing done.</summary>
    private static Task MoveAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, $"this port takes changes over HTTPS: https://{request.Host}{request.Path}");
        }

        context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        context.Response.Headers.Location = $"https://{request.Host}{request.Path.ToUriComponent()}{request.QueryString}";
        return Task.CompletedTask;
    }

    /// <summary>Why the route is not for this request; empty when it is.</summary>
    private string Judge(HttpContext context, Caller caller)
    {
        Endpoint? endpoint = context.GetEndpoint();
        AccessLevel? needed = endpoint?.Metadata.GetMetadata<RouteLevel>()?.Level
            ?? (endpoint?.DisplayName == WrongMethod ? AccessLevel.Monitor : null);
        if (needed is not { } level)
        {
            return "this address says nothing of who may use it, so nobody may";
        }

        if (caller.Level < level)
        {
            return $"this {desk.Lack(caller, level)}";
        }

        string method = context.Request.Method;
        return caller.MayChange || HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || endpoint!.Metadata.GetMetadata<JudgesChanges>() is not null
            ? "" : NoProof;
    }

    /// <summary>What a change without a proof is told.</summary>
    public const string NoProof =
        "a change needs a proof that no foreign page sent it: the header X-API-Key with an http-api-key of the configuration, or X-CSRF-Token "
        + "with the csrfToken of GET /api/v1/session (docs/api.md)";

    /// <summary>As the configuration writes it.</summary>
    public static string Word(AccessLevel level) => level switch
    {
        AccessLevel.Admin => "admin",
        AccessLevel.Operator => "operator",
        AccessLevel.Monitor => "monitor",
        _ => "none",
    };
}
