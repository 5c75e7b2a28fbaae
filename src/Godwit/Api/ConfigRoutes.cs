// The configuration's files: read, checked, written, put in force. Static.

using System.Security.Cryptography;
using System.Text;
using Godwit.Control;
using Godwit.Settings;

namespace Godwit.Api;

internal static class ConfigRoutes
{
    /// <summary>A text of the largest size in JSON, where every line's end takes two characters and a quote as well.</summary>
    private const int MostOctets = 2 * ConfigurationFiles.MaxOctets;

    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/config/files", AccessLevel.Operator, "The files that the configuration is read from.", ListAsync) { Answer = typeof(ConfigFileList) },
        new("GET", "/config/file", AccessLevel.Operator, "One of these files; secrets are shown to admins only.", ReadAsync)
        {
            Answer = typeof(ConfigFileView), Parameters = [new("name", "The file; the main one when it is left out.")],
            Problems = [(404, "It is no file of the configuration.")],
        },
        new("POST", "/config/check", AccessLevel.Operator, "Checks the configuration with a text in the place of a file; nothing is written.", CheckAsync)
        {
            Body = typeof(ConfigText), Answer = typeof(ConfigChecked), MostOctets = MostOctets,
        },
        new("PUT", "/config/file", AccessLevel.Admin, "Writes a file, after a check of the whole configuration; the old one is kept beside it.", WriteAsync)
        {
            Body = typeof(ConfigText), Answer = typeof(ConfigSaved), MostOctets = MostOctets,
            Problems = [(409, "The file has changed meanwhile, or cannot be written."), (422, "The check found errors; nothing was written.")],
        },
        new("POST", "/config/reload", AccessLevel.Admin, "Puts the configuration in force as its files are now, or changes nothing.", ReloadAsync)
        {
            Answer = typeof(ConfigReloaded),
        },
    ];

    private static async Task<ApiAnswer> ListAsync(ApiCall call)
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
    }

    private static async Task<ApiAnswer> ReadAsync(ApiCall call)
    {
        string name = call.Text("name") is { Length: > 0 } given ? given : call.Looks.Settings.ConfigFile;
        OperatorReport whole = await call.Operator.ConfigFiles.ReadAsync(name, whole: true, "");
        if (whole is not ConfigFileReport file)
        {
            return ApiAnswer.NotFound(whole.Message);
        }

        OperatorReport shown = call.Caller.Level >= AccessLevel.Admin ? file : await call.Operator.ConfigFiles.ReadAsync(name, whole: false, "");
        return shown is ConfigFileReport view
            ? ApiAnswer.Of(
                new ConfigFileView(view.Name, view.Content, File.GetLastWriteTimeUtc(view.Name), Etag(file.Content)), ApiJson.Default.ConfigFileView)
            : ApiAnswer.NotFound(shown.Message);
    }

    private static async Task<ApiAnswer> CheckAsync(ApiCall call)
    {
        if (await TextAsync(call) is not { } edit)
        {
            return call.Bad!;
        }

        ConfigLoad load = await call.Operator.ConfigFiles.CheckAsync(edit);
        IReadOnlyList<ConfigChange> changes = load.Settings is { } then ? Changes(call.Looks.Settings, then) : [];
        return ApiAnswer.Of(new ConfigChecked(Show(load.Problems), load.Settings is not null, changes), ApiJson.Default.ConfigChecked);
    }

    private static async Task<ApiAnswer> WriteAsync(ApiCall call)
    {
        if (await call.BodyAsync(ApiJson.Default.ConfigText) is not { Name.Length: > 0, Content: not null } text)
        {
            return call.Bad ?? ApiAnswer.Refuse(400, "send the file's name, its whole content, and the etag that it was read with");
        }

        OperatorReport before = await call.Operator.ConfigFiles.ReadAsync(text.Name, whole: true, "");
        if (before is ConfigFileReport file && Etag(file.Content) != text.Etag)
        {
            return ApiAnswer.Refuse(409, $"{file.Name} has changed since it was read: read it again, and change it as it is now");
        }

        OperatorReport report = await call.Operator.ConfigFiles.CommitAsync([new ConfigEdit(text.Name, text.Content)], call.Caller.Name);
        return report is ConfigCommitReport commit
            ? ApiAnswer.Of(
                new ConfigSaved(commit.Outcome == ReportOutcome.Done, commit.Message, Show(commit.Problems)), ApiJson.Default.ConfigSaved,
                commit.Outcome == ReportOutcome.Done ? 200 : 422)
            : ApiAnswer.Refuse(report.Outcome == ReportOutcome.Usage ? 400 : 409, report.Message);
    }

    private static async Task<ApiAnswer> ReloadAsync(ApiCall call)
    {
        // One that was begun is finished, whether or not its asker still listens.
        ReloadReport report = await call.Operator.ReloadAsync(CancellationToken.None);
        return ApiAnswer.Of(
            new ConfigReloaded(
                report.Reloaded, report.Version, ApiTime.Of(report.Loaded), Show(report.Problems),
                [.. report.Lost.Select(static lost => $"the virtual MTA {lost.VirtualMta} is gone, and {lost.Recipients} recipient(s) still wait for it")]),
            ApiJson.Default.ConfigReloaded);
    }

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

    /// <summary>Of what is on the disk, also for those who do not see all of it.</summary>
    private static string Etag(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 16));
}
