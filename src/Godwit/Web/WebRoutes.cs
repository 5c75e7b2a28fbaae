// The routes of the management port and how each asks the Operator. Addresses and parameters are PowerMTA's where it has them.

using Godwit.Control;
using Godwit.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Godwit.Web;

/// <summary>What the management port answers.</summary>
internal sealed class WebRoutes(Operator @operator, ControlToken token, ILogger log)
{
    /// <summary>Longer than a slow line needs for 16 KB, shorter than a stuck client may hold a connection.</summary>
    private static readonly TimeSpan _bodyTimeout = TimeSpan.FromSeconds(15);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", HomeAsync);
        routes.MapGet("/status", context => LookAsync(context, "show status"));
        routes.MapGet("/queues", QueuesAsync);
        routes.MapGet("/domains", context => ListAsync(context, "show topdomains", "maxitems"));
        routes.MapGet("/vmtas", context => ListAsync(context, "show vmtas", "maxitems"));
        routes.MapGet("/jobs", context => ListAsync(context, "show jobs", "maxitems"));
        routes.MapGet("/listqueue", context => ListAsync(context, "list", "queue", "jobid", "envid", "rcpt", "orig", "maxitems"));
        routes.MapGet("/health", context => SendTextAsync(context, StatusCodes.Status200OK, "ok\n"));
        routes.MapGet("/ready", ReadyAsync);
        routes.MapGet("/control", ControlAsync);
        routes.MapPost("/command", CommandAsync);
        routes.MapFallback("{*path}", context => SendTextAsync(
            context,
            StatusCodes.Status404NotFound,
            "There is nothing at this address. GET /, /status, /queues, /domains, /vmtas, /jobs, /listqueue, /health, /ready; "
                + "POST /command with command=... (see \"godwit help\").\n"));
    }

    /// <summary>Writes a report; the status code says how it ended unless it is set already.</summary>
    public static async Task SendAsync(HttpContext context, OperatorReport report, ReportFormat format)
    {
        if (context.Response.StatusCode == StatusCodes.Status200OK)
        {
            context.Response.StatusCode = report.Outcome switch
            {
                ReportOutcome.Done => StatusCodes.Status200OK,
                ReportOutcome.Usage => StatusCodes.Status400BadRequest,
                _ => StatusCodes.Status409Conflict,
            };
        }

        ReadOnlyMemory<byte> body = report.Write(format);
        context.Response.ContentType = format.ContentType();
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private Task HomeAsync(HttpContext context)
    {
        if (context.Request.Query.ContainsKey("format"))
        {
            return LookAsync(context, "show status");
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(HomePage.Render(@operator, context.Connection.LocalPort), context.RequestAborted);
    }

    private Task QueuesAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        string line = "show topqueues";
        line += query["queue"].ToString() is { Length: > 0 } queue ? " " + Quote(queue) : "";
        line += query["maxitems"].ToString() is { Length: > 0 } most ? " " + Quote("--maxitems=" + most) : "";
        line += query["errors"].ToString() is "" or "0" or "no" ? "" : " --errors";
        return LookAsync(context, line);
    }

    /// <summary>A verb whose options are the parameters of the same names.</summary>
    private Task ListAsync(HttpContext context, string verb, params string[] options)
    {
        IEnumerable<string> given = options
            .Where(option => context.Request.Query[option].ToString().Length > 0)
            .Select(option => " " + Quote($"--{option}={context.Request.Query[option]}"));
        return LookAsync(context, verb + string.Concat(given));
    }

    private Task ReadyAsync(HttpContext context) => @operator.NotReady() is { } reason
        ? SendTextAsync(context, StatusCodes.Status503ServiceUnavailable, $"not ready: {reason}\n")
        : SendTextAsync(context, StatusCodes.Status200OK, "ready\n");

    /// <summary>Where the command line finds the token. The path is no secret; only who may read the file learns the token.</summary>
    private Task ControlAsync(HttpContext context) => SendAsync(context, new ControlReport(token.Path), ReportFormat.Json);

    private async Task CommandAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            await SendTextAsync(context, StatusCodes.Status415UnsupportedMediaType, "POST a form: command=show+status&format=json\n");
            return;
        }

        if (await ReadFormAsync(context) is not { } form)
        {
            return;
        }

        if (!ReportFormats.TryParse(form["format"], ReportFormat.Text, out ReportFormat format))
        {
            await SendAsync(context, UnknownFormat(form["format"].ToString()), ReportFormat.Text);
            return;
        }

        await RunAsync(context, form["command"].ToString(), format);
    }

    /// <summary>Null when the form did not come in time or makes no sense; the reply is sent then.</summary>
    private async Task<IFormCollection?> ReadFormAsync(HttpContext context)
    {
        using var late = new CancellationTokenSource(_bodyTimeout, @operator.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        try
        {
            // Read whole before it is looked at: a form that is cancelled while it is parsed cuts the connection, and nobody learns why.
            context.Request.EnableBuffering();
            await context.Request.Body.DrainAsync(either.Token);
            context.Request.Body.Position = 0;
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await SendTextAsync(context, StatusCodes.Status408RequestTimeout, "the form did not arrive in time\n");
        }
        catch (BadHttpRequestException error)
        {
            await SendTextAsync(context, error.StatusCode, $"the form cannot be read: {error.Message}\n");
        }
        catch (InvalidDataException error)
        {
            await SendTextAsync(context, StatusCodes.Status400BadRequest, $"the form cannot be read: {error.Message}\n");
        }

        return null;
    }

    private async Task RunAsync(HttpContext context, string line, ReportFormat format)
    {
        if (!OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage))
        {
            await SendAsync(context, usage, format);
            return;
        }

        StringValues shown = context.Request.Headers[ControlToken.Header];
        if (command.NeedsToken && !token.Matches(shown))
        {
            if (shown.Count > 0)
            {
                // Without any it is no attempt: godwit asks so to learn whether a command needs one.
                log.ConsoleRefusedToken(command.Name);
            }

            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            string what = command.Changes ? "changes the server" : "shows addresses of people";
            string why = $"\"{command.Name}\" {what} and needs the token in {token.Path}: run godwit as a user who may read that file";
            await SendAsync(context, new MessageReport(ReportOutcome.Refused, why), format);
            return;
        }

        command.MaySeeAddresses = token.Matches(shown);

        // A change that was begun is finished, whether or not its asker still listens.
        CancellationToken cancellation = command.Changes ? CancellationToken.None : context.RequestAborted;
        await SendAsync(context, await @operator.RunAsync(command, cancellation), format);
    }

    /// <summary>Runs a command that only looks, in the format the address asks for; monitoring asks for json, a person in a browser for nothing.</summary>
    private Task LookAsync(HttpContext context, string line) =>
        ReportFormats.TryParse(context.Request.Query["format"], ReportFormat.Text, out ReportFormat format)
            ? RunAsync(context, line, format)
            : SendAsync(context, UnknownFormat(context.Request.Query["format"].ToString()), ReportFormat.Text);

    private static string Quote(string word) =>
        '"' + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    private static MessageReport UnknownFormat(string name) =>
        new(ReportOutcome.Usage, $"there is no format \"{name}\": there are {ReportFormats.Names}");

    private static Task SendTextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
