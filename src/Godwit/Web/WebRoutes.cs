// The routes of the management port and how each asks the Operator. Addresses and parameters are PowerMTA's where it has them.

using System.Text;
using Godwit.Control;
using Godwit.Queues;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Web;

/// <summary>What the management port answers.</summary>
internal sealed class WebRoutes(Operator @operator, CallerDesk desk)
{
    /// <summary>A command line of 4 KB, percent-encoded, with its form around it.</summary>
    public const int MaxFormOctets = 16 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        MapPages(routes);
        routes.MapGet("/status", context => LookAsync(context, "show status")).Needs(AccessLevel.Monitor);
        routes.MapGet("/queues", QueuesAsync).Needs(AccessLevel.Monitor);
        routes.MapGet("/queueDetail", context => DetailAsync(context, "queue", name => $"show queues {name} --errors")).Needs(AccessLevel.Monitor);
        routes.MapGet("/domains", context => ListAsync(context, "show topdomains")).Needs(AccessLevel.Monitor);
        routes.MapGet("/domainDetail", context => DetailAsync(context, "domain", name => $"show domains {name} --errors")).Needs(AccessLevel.Monitor);
        routes.MapGet("/vmtas", context => ListAsync(context, "show vmtas")).Needs(AccessLevel.Monitor);
        routes.MapGet("/jobs", context => ListAsync(context, "show jobs")).Needs(AccessLevel.Monitor);
        routes.MapGet("/jobDetail", JobAsync).Needs(AccessLevel.Monitor);
        routes.MapGet("/listqueue", context => LookAsync(
            context, "list" + Options(context, "queue", "jobid", "envid", "rcpt", "orig", "maxitems"))).Needs(AccessLevel.Operator);
        routes.MapGet("/health", context => SendTextAsync(context, StatusCodes.Status200OK, "ok\n")).Needs(AccessLevel.None).AnswersWithoutCertificate();
        routes.MapGet("/ready", ReadyAsync).Needs(AccessLevel.None).AnswersWithoutCertificate();
        routes.MapGet("/control", ControlAsync).Needs(AccessLevel.None);
        routes.MapPost("/command", CommandAsync).Needs(AccessLevel.Monitor).JudgesChangesItself();
        routes.MapFallback("{*path}", NothingAsync).Needs(AccessLevel.Monitor);
    }

    /// <summary>What a person sees in a browser.</summary>
    private void MapPages(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", HomeAsync).Needs(AccessLevel.None);
        ConsoleAssets.Map(routes);
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

    /// <summary>The same in the format that the address asks for.</summary>
    public static Task SendAsync(HttpContext context, OperatorReport report) =>
        ReportFormats.TryParse(context.Request.Query["format"], ReportFormat.Text, out ReportFormat format)
            ? SendAsync(context, report, format)
            : SendAsync(context, UnknownFormat(context.Request.Query["format"].ToString()), ReportFormat.Text);

    /// <summary>A person gets the console, a program the status.</summary>
    private Task HomeAsync(HttpContext context)
    {
        // Whoever may not see the status gets the page too: one signs in there. Who asks for a format is a program, and is told the truth.
        Caller caller = Caller.Of(context);
        bool asksForFormat = context.Request.Query.ContainsKey("format");
        if (!asksForFormat && (caller.Level < AccessLevel.Monitor || ConsoleAssets.IsForPerson(context.Request)))
        {
            return ConsoleAssets.SendPageAsync(context);
        }

        return caller.Level >= AccessLevel.Monitor
            ? LookAsync(context, "show status")
            : RequestGate.RefuseAsync(context, StatusCodes.Status403Forbidden, $"this {desk.Lack(caller, AccessLevel.Monitor)}");
    }

    private Task QueuesAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        string line = "show topqueues";
        line += query["queue"].ToString() is { Length: > 0 } queue ? " " + Quote(queue) : "";
        line += query["errors"].ToString() is "" or "0" or "no" ? "" : " --errors";
        return ListAsync(context, line, "connected", "paused", "mode");
    }

    /// <summary>A list: as long and in the order that the address says, or else the configuration.</summary>
    private Task ListAsync(HttpContext context, string verb, params string[] options)
    {
        ServerSettings settings = @operator.Settings;
        IQueryCollection query = context.Request.Query;
        string most = query["maxitems"].ToString() is { Length: > 0 } said ? said
            : settings.HttpDefaultMaxItems.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string sort = query["sort"].ToString() is { Length: > 0 } order ? order : settings.HttpDefaultSortOrder;
        string length = most == "0" ? "" : " " + Quote("--maxitems=" + most);
        return LookAsync(context, $"{verb}{Options(context, options)}{length} {Quote("--sort=" + sort)}");
    }

    /// <summary>The one thing that a parameter names. A list of none would read as one that has no mail, also where its name is misspelt.</summary>
    private Task DetailAsync(HttpContext context, string parameter, Func<string, string> line)
    {
        string name = context.Request.Query[parameter].ToString();
        return name.Length == 0 ? SendAsync(context, NameOne(context, parameter))
            : LookAsync(context, line(Quote(name)), QueuePattern.IsPattern(name) ? "" : $"no {parameter} with mail is called \"{name}\"");
    }

    private Task JobAsync(HttpContext context)
    {
        string name = context.Request.Query["jobid"].ToString();
        OperatorReport report = name.Length == 0 ? NameOne(context, "jobid") : @operator.ShowJob(name);
        return SendAsync(context, report.IsEmptyList ? Nothing(context, $"no job with mail, and none that is paused, is called \"{name}\"") : report);
    }

    private static MessageReport NameOne(HttpContext context, string parameter) =>
        new(ReportOutcome.Usage, $"name one: {context.Request.Path}?{parameter}=...");

    private static MessageReport Nothing(HttpContext context, string what)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return new MessageReport(ReportOutcome.Refused, what);
    }

    /// <summary>The options of a verb that the address gives, as parameters of the same names.</summary>
    private static string Options(HttpContext context, params string[] options) => string.Concat(options
        .Where(option => context.Request.Query[option].ToString().Length > 0)
        .Select(option => " " + Quote($"--{option}={context.Request.Query[option]}")));

    /// <summary>The reason is for those who may look.</summary>
    private Task ReadyAsync(HttpContext context) => @operator.NotReady() is { } reason
        ? SendTextAsync(
            context, StatusCodes.Status503ServiceUnavailable, Caller.Of(context).Level > AccessLevel.None ? $"not ready: {reason}\n" : "not ready\n")
        : SendTextAsync(context, StatusCodes.Status200OK, "ready\n");

    /// <summary>Where the command line finds the token. The path is no secret on this machine; only who may read the file learns the token.</summary>
    private Task ControlAsync(HttpContext context) => Caller.Of(context).IsOfThisMachine
        ? SendAsync(context, new ControlReport(desk.Token.Path), ReportFormat.Json)
        : NothingAsync(context);

    private static Task NothingAsync(HttpContext context)
    {
        const string what = "There is nothing at this address. GET / (the console), /api (the API and its description), /metrics, /health, /ready; "
            + "as in PowerMTA /status, /queues, /queueDetail, /domains, /domainDetail, /vmtas, /jobs, /jobDetail, /listqueue, /logs, /getFile, /getlocalips, "
            + "/configFile; POST /command with command=... (see \"godwit help\"), /configFile.";
        return ProblemReply.IsMeant(context.Request)
            ? ProblemReply.WriteAsync(context, StatusCodes.Status404NotFound, "there is nothing at this address: GET /api/v1/openapi.json names all there are")
            : SendTextAsync(context, StatusCodes.Status404NotFound, what + "\n");
    }

    private async Task CommandAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            await SendTextAsync(context, StatusCodes.Status415UnsupportedMediaType, "POST a form: command=show+status&format=json\n");
            return;
        }

        if (await FormBody.ReadAsync(context, @operator.Time, MaxFormOctets) is not { } form)
        {
            return;
        }

        if (!ReportFormats.TryParse(form["format"], ReportFormat.Text, out ReportFormat format))
        {
            await SendAsync(context, UnknownFormat(form["format"].ToString()), ReportFormat.Text);
            return;
        }

        await RunAsync(context, form["command"].ToString(), format, form["CSRFToken"]);
    }

    /// <param name="proof">The CSRF token of a form's field, where it has one.</param>
    /// <param name="nothing">What to say instead of a list that has nothing in it; empty for the list.</param>
    private async Task RunAsync(HttpContext context, string line, ReportFormat format, string? proof = null, string nothing = "")
    {
        if (!OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage))
        {
            await SendAsync(context, usage, format);
            return;
        }

        Caller caller = Caller.Of(context);
        (CommandLack lack, OperatorReport? report) = await @operator.RunAsync(command, caller, proof, context.RequestAborted);
        if (report is null)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            report = new MessageReport(ReportOutcome.Refused, lack == CommandLack.Level ? LacksLevel(command, caller) : RequestGate.NoProof);
        }

        await SendAsync(context, nothing.Length > 0 && report.IsEmptyList ? Nothing(context, nothing) : report, format);
    }

    private string LacksLevel(OperatorCommand command, Caller caller)
    {
        string what = command.Changes ? "changes the server" : "shows what is not for everybody";
        return $"\"{command.Name}\" {what} and {desk.Lack(caller, command.Needs)}";
    }

    /// <summary>Runs a command that only looks, in the format the address asks for; monitoring asks for json, a person in a browser for nothing.</summary>
    private Task LookAsync(HttpContext context, string line, string nothing = "") =>
        ReportFormats.TryParse(context.Request.Query["format"], ReportFormat.Text, out ReportFormat format)
            ? RunAsync(context, line, format, nothing: nothing)
            : SendAsync(context, UnknownFormat(context.Request.Query["format"].ToString()), ReportFormat.Text);

    private static string Quote(string word) =>
        '"' + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    private static MessageReport UnknownFormat(string name) =>
        new(ReportOutcome.Usage, $"there is no format \"{name}\": there are {ReportFormats.Names}");

    private static Task SendTextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        byte[] body = Encoding.UTF8.GetBytes(text);
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
