// /api/v1/session: who am I, sign in, sign out.

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Godwit.Api;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Sasl;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Godwit.Web;

/// <summary>The routes of sessions.</summary>
internal sealed class SessionRoutes(Operator @operator, CallerDesk desk, ILogger log)
{
    private const string Address = "/api/v1/session";

    /// <summary>A name and a password.</summary>
    private const int MaxOctets = 4096;

    /// <summary>For the body of a sign-in.</summary>
    private static readonly TimeSpan _bodyTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan _busyWait = TimeSpan.FromSeconds(5);

    public void Map(IEndpointRouteBuilder routes)
    {
        ApiRoutes.Describe(routes.MapGet(Address, ShowAsync).Needs(AccessLevel.None), SessionContract.Show);

        // No proof against foreign pages: whoever signs in has none yet. Such a page cannot send JSON here without being asked who it is.
        ApiRoutes.Describe(
            routes.MapPost(Address, SignInAsync).Needs(AccessLevel.None).JudgesChangesItself().TakesUpTo(MaxOctets), SessionContract.SignIn);
        ApiRoutes.Describe(routes.MapDelete(Address, SignOutAsync).Needs(AccessLevel.Monitor), SessionContract.SignOut);
    }

    private Task ShowAsync(HttpContext context) => WriteAsync(context, Caller.Of(context));

    private async Task SignInAsync(HttpContext context)
    {
        Caller caller = Caller.Of(context);
        if (!caller.MaySignIn)
        {
            await ProblemReply.WriteAsync(context, StatusCodes.Status403Forbidden, $"this {desk.ShutOut(caller)}");
            return;
        }

        if (!context.Request.HasJsonContentType())
        {
            await ProblemReply.WriteAsync(
                context, StatusCodes.Status415UnsupportedMediaType,
                "send JSON with the texts user and password, and the header Content-Type: application/json, which no foreign page can send");
            return;
        }

        if (await ReadAsync(context) is not { } given)
        {
            return;
        }

        if (!desk.SignIns.TryBegin(caller.Address, out TimeSpan wait))
        {
            log.ConsoleSignInsTooMany(caller.Address);
            await TooManyAsync(context, wait, "too many attempts to sign in from this address");
            return;
        }

        await JudgeAsync(context, caller, given.User, given.Password);
    }

    private async Task JudgeAsync(HttpContext context, Caller caller, string user, string password)
    {
        // Who may read the token's file needs no user: the quick start has none.
        bool byToken = user.Length == 0 && caller.IsOfThisMachine && desk.Token.Matches(password);
        (PasswordVerdict verdict, HttpUserSettings? found) = byToken
            ? (PasswordVerdict.Right, null)
            : await desk.CheckAsync(caller.Address, user, password);
        if (verdict == PasswordVerdict.Busy)
        {
            desk.SignIns.Forgive(caller.Address);
            await TooManyAsync(context, _busyWait, "too many others sign in right now");
            return;
        }

        if (verdict != PasswordVerdict.Right || (found is null && !byToken))
        {
            log.ConsoleSignInFailed(Shown(user), caller.Address);
            await ProblemReply.WriteAsync(context, StatusCodes.Status401Unauthorized, "user or password is wrong");
            return;
        }

        desk.SignIns.Forgive(caller.Address);
        if (context.Request.Cookies[CallerDesk.CookieOf(context)] is { Length: > 0 } before)
        {
            desk.Sessions.End(before);
        }

        ConsoleSession session = desk.Sessions.Begin(found);
        context.Response.Cookies.Append(CallerDesk.CookieOf(context), session.Id, Cookie(context));
        log.ConsoleSignedIn(found is null ? "the token's reader" : found.Name, caller.Address);
        AccessLevel level = session.Level > caller.Level ? session.Level : caller.Level;
        await WriteAsync(context, caller with
        {
            Level = level, User = session.Name, CsrfToken = session.CsrfToken, MayReadLogs = caller.MayReadLogs || level > AccessLevel.Monitor,
        });
    }

    private Task SignOutAsync(HttpContext context)
    {
        if (context.Request.Cookies[CallerDesk.CookieOf(context)] is { Length: > 0 } cookie)
        {
            desk.Sessions.End(cookie);
            context.Response.Cookies.Delete(CallerDesk.CookieOf(context), Cookie(context));
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>No script reads it, no other site's page sends it, and it does not cross the network in clear where it came over HTTPS.</summary>
    private static CookieOptions Cookie(HttpContext context) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", IsEssential = true };

    /// <summary>Null when the answer is sent already.</summary>
    private async Task<(string User, string Password)?> ReadAsync(HttpContext context)
    {
        using var late = new CancellationTokenSource(_bodyTimeout, @operator.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        try
        {
            using JsonDocument json = await JsonDocument.ParseAsync(context.Request.Body, default, either.Token);
            if (json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("user", out JsonElement user) && user.ValueKind == JsonValueKind.String
                && json.RootElement.TryGetProperty("password", out JsonElement password) && password.ValueKind == JsonValueKind.String)
            {
                return (user.GetString()!, password.GetString()!);
            }

            await ProblemReply.WriteAsync(context, StatusCodes.Status400BadRequest, "the body needs the texts \"user\" and \"password\"");
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await ProblemReply.WriteAsync(context, StatusCodes.Status408RequestTimeout, "the body did not arrive in time");
        }
        catch (BadHttpRequestException error)
        {
            await ProblemReply.WriteAsync(context, error.StatusCode, $"the body cannot be read: {error.Message}");
        }
        catch (JsonException)
        {
            // Its own words may quote the body, and so a password.
            await ProblemReply.WriteAsync(context, StatusCodes.Status400BadRequest, "the body is not JSON");
        }

        return null;
    }

    private static Task TooManyAsync(HttpContext context, TimeSpan wait, string why)
    {
        long seconds = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return ProblemReply.WriteAsync(context, StatusCodes.Status429TooManyRequests, $"{why}; try again in {seconds} s");
    }

    private Task WriteAsync(HttpContext context, Caller caller)
    {
        bool admitted = caller.Level > AccessLevel.None;
        ServerSettings settings = @operator.Settings;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("level"u8, RequestGate.Word(caller.Level));
            writer.WriteString("user"u8, caller.User);
            writer.WriteString("csrfToken"u8, admitted ? caller.CsrfToken : "");
            writer.WriteBoolean("signIn"u8, caller.MaySignIn && (settings.HttpUsers.Count > 0 || caller.IsOfThisMachine));
            writer.WriteString("host"u8, admitted ? settings.HostName : "");
            writer.WriteString("version"u8, admitted ? VersionReport.Number : "");
            writer.WriteBoolean("readLogs"u8, caller.MayReadLogs);
            writer.WriteEndObject();
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = buffer.WrittenCount;
        return context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }

    /// <summary>A password that was typed into the wrong field stays out of the log as far as that can be told.</summary>
    private string Shown(string user) => @operator.Settings.HttpUsers.ContainsKey(user) ? user : "somebody unknown";
}
