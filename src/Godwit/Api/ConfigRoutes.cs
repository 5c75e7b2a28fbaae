// The configuration's files: read, checked, written, put in force. Static.

using Godwit.Control;
using Godwit.Settings;

namespace Godwit.Api;

internal static class ConfigRoutes
{
    /// <summary>A text of the largest size in JSON, where every line's end takes two characters and a quote as well.</summary>
    private const int MostOctets = 2 * ConfigurationFiles.MaxOctets;

    private static readonly (int Status, string Meaning) _busy = (503, "Too many others work at the configuration now.");

    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/config/files", AccessLevel.Operator, "The files that the configuration is read from.", ListAsync)
        {
            Answer = typeof(ConfigFileList), Problems = [_busy],
        },
        new("GET", "/config/file", AccessLevel.Operator, "One of these files; its secrets and its etag are for admins only.", ReadAsync)
        {
            Answer = typeof(ConfigFileView), Parameters = [new("name", "The file; the main one when it is left out.")],
            Problems = [(404, "It is no file of the configuration."), _busy],
        },
        new("POST", "/config/check", AccessLevel.Operator, "Checks the configuration with a text in the place of a file; nothing is written.", CheckAsync)
        {
            Body = typeof(ConfigText), Needed = ["name", "content"], Answer = typeof(ConfigChecked), MostOctets = MostOctets,
            Problems = [(409, "The text reads a file that is not read for an operator, or is none of the configuration."), _busy],
        },
        new("PUT", "/config/file", AccessLevel.Admin, "Writes a file, after a check of the whole configuration; the old one is kept beside it.", WriteAsync)
        {
            Body = typeof(ConfigText), Needed = ["name", "content"], Answer = typeof(ConfigSaved), MostOctets = MostOctets,
            Problems =
            [
                (409, "It cannot be written; the detail says why."), (412, "The file has changed since it was read."),
                (422, "The check found errors; nothing was written."), _busy,
            ],
        },
        new("POST", "/config/reload", AccessLevel.Operator, "Puts the configuration in force as its files are now, or changes nothing.", ReloadAsync)
        {
            Answer = typeof(ConfigReloaded),
        },
    ];

    private static Task<ApiAnswer> ListAsync(ApiCall call) => InRoomAsync(call, static async call =>
    {
        string main = Path.GetFullPath(call.Looks.Settings.ConfigFile);
        LoadedSettings load = call.Looks.Load;
        return await call.Operator.ConfigFiles.ListAsync() is FileListReport list
            ? ApiAnswer.Of(
                new ConfigFileList(
                    main,
                    [.. list.Files.Select(file => new ConfigFileRow(file.FullName, file.Length, file.LastWriteTimeUtc, file.FullName != main))],
                    load.Version, ApiTime.Of(load.Loaded)),
                ApiJson.Default.ConfigFileList)
            : ApiAnswer.Refuse(409, "the configuration's files cannot be read");
    });

    private static Task<ApiAnswer> ReadAsync(ApiCall call) => InRoomAsync(call, static async call =>
    {
        string name = call.Text("name") is { Length: > 0 } given ? given : Path.GetFullPath(call.Looks.Settings.ConfigFile);
        OperatorReport report = await call.Operator.ConfigFiles.ReadAsync(name, whole: call.Caller.Level >= AccessLevel.Admin, "");
        return report is ConfigFileReport view
            ? ApiAnswer.Of(new ConfigFileView(view.Name, view.Content, File.GetLastWriteTimeUtc(view.Name), view.Mark), ApiJson.Default.ConfigFileView)
            : ApiAnswer.NotFound(report.Message);
    });

    private static Task<ApiAnswer> CheckAsync(ApiCall call) => InRoomAsync(call, static async call =>
    {
        if (await TextAsync(call) is not { } edit)
        {
            return call.Bad!;
        }

        (ConfigLoad? load, OperatorReport? refusal) = await call.Operator.ConfigFiles.CheckAsync(edit, all: call.Caller.Level >= AccessLevel.Admin);
        if (load is null)
        {
            return Refuse(refusal!);
        }

        IReadOnlyList<ConfigChange> changes = load.Settings is { } then ? Changes(call.Looks.Settings, then) : [];
        return ApiAnswer.Of(new ConfigChecked(Show(load.Problems), load.Settings is not null, changes), ApiJson.Default.ConfigChecked);
    });

    private static Task<ApiAnswer> WriteAsync(ApiCall call) => InRoomAsync(call, static async call =>
    {
        if (await call.BodyAsync(ApiJson.Default.ConfigText) is not { Name.Length: > 0, Content: not null } text)
        {
            return call.Bad ?? ApiAnswer.Refuse(400, "send the file's name, its whole content, and the etag that it was read with");
        }

        var edit = new ConfigEdit(text.Name, text.Content) { Expected = text.Etag ?? "" };
        OperatorReport report = await call.Operator.ConfigFiles.CommitAsync([edit], call.Caller.Name);
        return report is ConfigCommitReport commit
            ? ApiAnswer.Of(
                new ConfigSaved(commit.Outcome == ReportOutcome.Done, commit.Message, Show(commit.Problems)), ApiJson.Default.ConfigSaved,
                commit.Outcome == ReportOutcome.Done ? 200 : 422)
            : Refuse(report);
    });

    private static async Task<ApiAnswer> ReloadAsync(ApiCall call)
    {
        ReloadReport report = await call.Operator.ReloadAsync(call.Caller);
        return ApiAnswer.Of(
            new ConfigReloaded(
                report.Reloaded, report.Version, ApiTime.Of(report.Loaded), Show(report.Problems),
                [.. report.Lost.Select(static lost => $"the virtual MTA {lost.VirtualMta} is gone, and {lost.Recipients} recipient(s) still wait for it")]),
            ApiJson.Default.ConfigReloaded);
    }

    /// <summary>Before a body is read: it may have many megabytes.</summary>
    private static async Task<ApiAnswer> InRoomAsync(ApiCall call, Func<ApiCall, Task<ApiAnswer>> run)
    {
        using IDisposable? place = call.Operator.ConfigFiles.Room.Enter();
        return place is null ? ApiAnswer.Refuse(_busy.Status, ConfigRoom.Full) : await run(call);
    }

    private static ApiAnswer Refuse(OperatorReport report) =>
        ApiAnswer.Refuse(report is StaleFileReport ? 412 : report.Outcome == ReportOutcome.Usage ? 400 : 409, report.Message);

    private static async Task<ConfigEdit?> TextAsync(ApiCall call)
    {
        if (await call.BodyAsync(ApiJson.Default.ConfigText) is not { } text)
        {
            return null;
        }

        return text is { Name.Length: > 0, Content: not null }
            ? new ConfigEdit(text.Name, text.Content)
            : call.Wrong<ConfigEdit?>("send the file's name and its whole content", null);
    }

    /// <summary>What an operator would look for first: who sends, and where mail comes in.</summary>
    private static List<ConfigChange> Changes(ServerSettings now, ServerSettings then)
    {
        var changes = new List<ConfigChange>();
        Compare("virtual MTA", now.VirtualMtas.Keys, then.VirtualMtas.Keys);
        Compare("pool", now.Pools.Keys, then.Pools.Keys);
        Compare("listener", now.Listeners.Select(static each => each.EndPoint.ToString()), then.Listeners.Select(static each => each.EndPoint.ToString()));
        return changes;

        void Compare(string what, IEnumerable<string> before, IEnumerable<string> after)
        {
            HashSet<string> old = [.. before];
            HashSet<string> fresh = [.. after];
            changes.AddRange(fresh.Except(old).Order(StringComparer.Ordinal).Select(name => new ConfigChange("", $"{what} {name} is new")));
            changes.AddRange(old.Except(fresh).Order(StringComparer.Ordinal).Select(name => new ConfigChange("", $"{what} {name} is gone")));
        }
    }

    private static ConfigProblemRow[] Show(IReadOnlyList<ConfigProblem> problems) =>
        [.. problems.Select(static each => new ConfigProblemRow(each.File, each.Line, each.Column, each.SeverityWord, each.Message))];
}
