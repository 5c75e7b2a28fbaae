// The files of the configuration, for those who read and edit them from afar. Owned by the port; edits are made one at a time.
// Only what the configuration reads can be read or replaced, and a new file only below the main file's directory and only when the configuration reads it
// then: keys, the token and the spool may lie there too. The whole configuration is checked with the new texts before anything is written; every file is
// kept beside itself under a name that no include matches, and replaced by a rename. When the disk refuses, what was replaced is put back.

using System.Globalization;
using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Control;

/// <summary>A text that is to become a file.</summary>
/// <param name="Name">A path, from the main file's directory if it is no whole one.</param>
public sealed record ConfigEdit(string Name, string Content);

/// <summary>Lists, reads and writes the configuration.</summary>
/// <param name="mainFile">The configuration file of the server.</param>
public sealed class ConfigurationFiles(Func<string> mainFile, TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>Octets of all texts of one edit: a generated configuration with ten thousand virtual MTAs fits.</summary>
    public const int MaxOctets = 8 * 1024 * 1024;

    /// <summary>Files of one edit.</summary>
    public const int MaxFiles = 100;

    /// <summary>Older ones of a file go.</summary>
    public const int MaxBackups = 20;

    private readonly SemaphoreSlim _one = new(1, 1);

    private string Main => Path.GetFullPath(mainFile());

    private string Folder => Path.GetDirectoryName(Main) ?? "/";

    /// <summary>Everything that the configuration reads now, the main file first.</summary>
    public async Task<OperatorReport> ListAsync()
    {
        ConfigLoad load = await LoadAsync(new Dictionary<string, string>());
        return new FileListReport([.. Known(load).Select(path => new FileInfo(path))], paths: true);
    }

    /// <param name="whole">With its secrets: for those who may edit it.</param>
    /// <param name="csrfToken">Of the caller.</param>
    public async Task<OperatorReport> ReadAsync(string name, bool whole, string csrfToken)
    {
        ConfigLoad load = await LoadAsync(new Dictionary<string, string>());
        string path = PathOf(name);
        if (!Known(load).Contains(path, StringComparer.Ordinal))
        {
            return Stranger(name);
        }

        try
        {
            string text = ConfigSurroundings.Machine.Read(path);
            return new ConfigFileReport(path, whole ? text : Masked(text), csrfToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new MessageReport(ReportOutcome.Refused, $"{path} cannot be read: {failure.Message}");
        }
    }

    /// <summary>Checks the configuration with these texts in it and writes them, all or none. It takes effect by a reload.</summary>
    /// <param name="by">Who does it, for the log.</param>
    public async Task<OperatorReport> CommitAsync(IReadOnlyList<ConfigEdit> edits, string by)
    {
        if (edits.Count is 0 or > MaxFiles)
        {
            return new MessageReport(ReportOutcome.Usage, $"name from 1 to {MaxFiles} files");
        }

        await _one.WaitAsync();
        try
        {
            return await JudgeAsync(edits, by);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What the check of the whole configuration says with one text in the place of its file; nothing is written.</summary>
    public Task<ConfigLoad> CheckAsync(ConfigEdit edit) =>
        LoadAsync(new Dictionary<string, string>(StringComparer.Ordinal) { [PathOf(edit.Name)] = edit.Content });

    /// <summary>The main file, whatever its name is here.</summary>
    public Task<OperatorReport> ReplaceMainAsync(string content, string by) => CommitAsync([new ConfigEdit(Main, content)], by);

    public void Dispose() => _one.Dispose();

    private async Task<OperatorReport> JudgeAsync(IReadOnlyList<ConfigEdit> edits, string by)
    {
        List<string> known = Known(await LoadAsync(new Dictionary<string, string>()));
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (ConfigEdit edit in edits)
        {
            string path = PathOf(edit.Name);
            if (!known.Contains(path, StringComparer.Ordinal) && !MayBeMade(path))
            {
                return Stranger(edit.Name);
            }

            if (!texts.TryAdd(path, edit.Content))
            {
                return new MessageReport(ReportOutcome.Usage, $"{edit.Name} is named twice");
            }
        }

        ConfigLoad load = await LoadAsync(texts);
        if (load.Settings is null)
        {
            return new ConfigCommitReport([], load.Problems);
        }

        List<string> after = Named(load);
        if (texts.Keys.FirstOrDefault(path => !after.Contains(path, StringComparer.Ordinal)) is { } unread)
        {
            return new MessageReport(ReportOutcome.Refused, $"the configuration does not read {unread}: add an include of it; nothing was written");
        }

        return Write(texts, load.Problems, by);
    }

    private OperatorReport Write(Dictionary<string, string> texts, IReadOnlyList<ConfigProblem> problems, string by)
    {
        var done = new List<ReplacedFile>();
        try
        {
            foreach ((string path, string text) in texts)
            {
                done.Add(ReplacedFile.Replace(path, text, time.GetUtcNow()));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            done.ForEach(static file => file.PutBack());
            return new MessageReport(ReportOutcome.Refused, $"nothing was written: {failure.Message}");
        }

        done.ForEach(static file => file.DropOldBackups(MaxBackups));
        string names = string.Join(", ", texts.Keys);
        log.ConfigWritten(by, names);
        return new ConfigCommitReport([.. texts.Keys], problems);
    }

    /// <summary>The configuration with some texts in the place of files, checked as at start.</summary>
    private Task<ConfigLoad> LoadAsync(Dictionary<string, string> texts)
    {
        ConfigSurroundings machine = ConfigSurroundings.Machine;
        Func<string, IReadOnlyList<string>> among = ConfigSurroundings.InMemory(texts).Match;
        ConfigSurroundings with = machine with
        {
            AccountingFields = AccountingColumns.NamesOf,
            Read = path => texts.TryGetValue(path, out string? text) ? text : machine.Read(path),
            Match = pattern => [.. machine.Match(pattern).Union(among(pattern), StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
        string main = Main;
        return Task.Factory.StartNew(() => ConfigFile.Load(main, with), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private List<string> Named(ConfigLoad load) => [.. load.Texts.Keys.Select(PathOf).Distinct(StringComparer.Ordinal)];

    private List<string> Known(ConfigLoad load) => Named(load).FindAll(File.Exists);

    private string PathOf(string name) => name.Contains('\0', StringComparison.Ordinal) || name.Length == 0 ? "" : Path.GetFullPath(name, Folder);

    /// <summary>Whether a file can be begun there: below the main file's directory, on a way without links, and nothing is there yet.</summary>
    private bool MayBeMade(string path)
    {
        string folder = Folder;
        if (!path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal) || Path.Exists(path) || new FileInfo(path).LinkTarget is not null
            || Path.GetFileName(path) is "" or ['.', ..])
        {
            return false;
        }

        for (string? on = Path.GetDirectoryName(path); on is not null && on != folder; on = Path.GetDirectoryName(on))
        {
            if (!Directory.Exists(on) || new DirectoryInfo(on).LinkTarget is not null)
            {
                return false;
            }
        }

        return true;
    }

    private static string Masked(string text)
    {
        string[] lines = text.Split('\n');
        bool hidden = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string[] words = lines[i].Trim().Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            bool hidesNext = words.Length > 0 && SecretText.HidesNext(words[0], words.Length > 1 ? words[1] : "");
            lines[i] = hidden && words.Length > 0 ? SecretValue.Mask : SecretText.Line(lines[i]);
            hidden = hidesNext;
        }

        return string.Join('\n', lines);
    }

    private static MessageReport Stranger(string name) => new(
        ReportOutcome.Refused,
        $"\"{name}\" is no file of the configuration: there are the main file, what it includes, and new files below its directory that it includes then");
}
