// /configFile: the configuration read, listed and written, at PowerMTA's addresses. What is written is checked first and takes effect by a reload.

using Godwit.Control;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Web;

/// <summary>The routes of the configuration.</summary>
internal sealed class ConfigRoutes(Operator @operator)
{
    /// <summary>Three fields a file, percent-encoded where they are not parts of their own; and the form around them.</summary>
    private const int MaxOctets = 3 * ConfigurationFiles.MaxOctets;

    private const string Addresses =
        "GET /configFile?op=listconfigfiles; GET /configFile?op=read&filename=NAME; POST a form with the main file in \"file\", "
        + "or op=commit with file.0.name, file.0.op=write and file.0.content";

    private readonly ConfigurationFiles _files = @operator.ConfigFiles;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/configFile", ReadAsync).Needs(AccessLevel.Operator);
        routes.MapPost("/configFile", WriteAsync).Needs(AccessLevel.Admin).JudgesChangesItself().TakesUpTo(MaxOctets);
    }

    private async Task ReadAsync(HttpContext context)
    {
        using IDisposable? place = _files.Room.Enter();
        if (place is null)
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, ConfigRoom.Full);
            return;
        }

        Caller caller = Caller.Of(context);
        string name = context.Request.Query["filename"].ToString();
        await WebRoutes.SendAsync(context, context.Request.Query["op"].ToString() switch
        {
            "listconfigfiles" => await _files.ListAsync(),
            "read" => await _files.ReadAsync(
                name.Length > 0 ? name : Path.GetFullPath(@operator.Settings.ConfigFile), whole: caller.Level == AccessLevel.Admin, caller.CsrfToken),
            _ => new MessageReport(ReportOutcome.Usage, Addresses),
        });
    }

    private async Task WriteAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, Addresses);
            return;
        }

        using IDisposable? place = _files.Room.Enter();
        if (place is null)
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, ConfigRoom.Full);
            return;
        }

        if (await FormBody.ReadAsync(context, @operator.Time, MaxOctets) is not { } form)
        {
            return;
        }

        Caller caller = Caller.Of(context);
        if (!caller.MayChange && !caller.Accepts(form["CSRFToken"]))
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status403Forbidden, RequestGate.NoProof);
            return;
        }

        string op = form["op"].ToString() is { Length: > 0 } inForm ? inForm : context.Request.Query["op"].ToString();
        OperatorReport report = op == "commit" ? await CommitAsync(form, caller)
            : op.Length == 0 && await MainFileAsync(form) is { } main ? await _files.ReplaceMainAsync(main, caller.Name)
            : new MessageReport(ReportOutcome.Usage, Addresses);
        await WebRoutes.SendAsync(context, report);
    }

    private async Task<OperatorReport> CommitAsync(IFormCollection form, Caller caller)
    {
        const string prefix = "file.";
        const string suffix = ".name";
        var edits = new List<ConfigEdit>();
        foreach (string key in form.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.EndsWith(suffix, StringComparison.Ordinal)))
        {
            string number = key[..^suffix.Length];
            if (form[number + ".op"] != "write" || !form.ContainsKey(number + ".content"))
            {
                return new MessageReport(ReportOutcome.Usage, $"{number}.op must be write, and {number}.content the text of the file");
            }

            edits.Add(new ConfigEdit(form[key].ToString(), form[number + ".content"].ToString()));
        }

        return await _files.CommitAsync(edits, caller.Name);
    }

    /// <summary>The field may be an uploaded file or a text; null when there is none.</summary>
    private static async Task<string?> MainFileAsync(IFormCollection form)
    {
        if (form.Files.GetFile("file") is not { } upload)
        {
            return form.TryGetValue("file", out Microsoft.Extensions.Primitives.StringValues text) ? text.ToString() : null;
        }

        using var reader = new StreamReader(upload.OpenReadStream());
        return await reader.ReadToEndAsync();
    }
}
