// The files of the configuration, for those who read and edit them from afar. Owned by the port; loads are made one at a time, and so are edits.
// A reload waits while one of them is under way, and none begins while it is: it never reads half of what somebody writes.
// Only what the configuration reads can be read or replaced, and a new file only below the main file's directory and only when the configuration reads it
// then: keys, the token and the spool may lie there too. The whole configuration is checked with the new texts before anything is written; every file is
// kept beside itself under a name that no include matches, and replaced by a rename. When the disk refuses, what was replaced is put back.

using System.Security.Cryptography;
using System.Text;
using Godwit.Diagnostics;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Control;

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

    /// <summary>Random for each process: a mark of a text says nothing of the secrets in it to whoever can only guess them.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>
    /// A reload waits so long for loads that others have asked for, and they so long for it. All take seconds; one that hangs, on a directory of another
    /// machine or on a receiver that ends slowly, must neither keep a configuration out of force nor keep anybody from looking at it.
    /// </summary>
    internal static readonly TimeSpan ReloadPatience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>A load takes a core for seconds where the configuration is large: mail needs the others. Files are written under it too.</summary>
    private readonly SemaphoreSlim _oneLoad = new(1, 1);

    private static readonly Dictionary<string, string> _noTexts = [];

    private string Main => Path.GetFullPath(mainFile());

    private string Folder => Path.GetDirectoryName(Main) ?? "/";

    /// <summary>Where everybody goes in who comes over the port, before a body is read.</summary>
    internal ConfigRoom Room { get; } = new();

    /// <summary>Everything that the configuration reads now, the main file first.</summary>
    public async Task<OperatorReport> ListAsync()
    {
        ConfigReading reading = await LoadAsync(_noTexts, null);
        return new FileListReport([.. Known(reading.Load).Select(path => new FileInfo(path))], paths: true);
    }

    /// <param name="whole">With its secrets, and its mark: for those who may edit it.</param>
    /// <param name="csrfToken">Of the caller.</param>
    public async Task<OperatorReport> ReadAsync(string name, bool whole, string csrfToken)
    {
        ConfigReading reading = await LoadAsync(_noTexts, null);
        string path = PathOf(name);
        if (!Known(reading.Load).Contains(path, StringComparer.Ordinal))
        {
            return Stranger(name);
        }

        try
        {
            string text = ConfigSurroundings.Machine.Read(path);
            return whole ? new ConfigFileReport(path, text, csrfToken) { Mark = MarkOf(text) } : new ConfigFileReport(path, MaskedText.Of(text), csrfToken);
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

        if (edits.Sum(static edit => (long)Encoding.UTF8.GetByteCount(edit.Content)) > MaxOctets)
        {
            return TooLarge();
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
    /// <param name="all">For somebody who may read every file that the server may: for others only what the configuration reads now is opened.</param>
    /// <returns>The load, or why there is none.</returns>
    internal async Task<(ConfigLoad? Load, OperatorReport? Refusal)> CheckAsync(ConfigEdit edit, bool all)
    {
        if (Encoding.UTF8.GetByteCount(edit.Content) > MaxOctets)
        {
            return (null, TooLarge());
        }

        string path = PathOf(edit.Name);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { [path] = edit.Content };
        if (all)
        {
            return ((await LoadAsync(texts, null)).Load, null);
        }

        ConfigReading now = await LoadAsync(_noTexts, null);
        if (!Known(now.Load).Contains(path, StringComparer.Ordinal) && !MayBeMade(path))
        {
            return (null, Stranger(edit.Name));
        }

        // A key is one of the files that are read, too, and must not be read as a text that messages quote.
        ConfigLoad load = (await LoadAsync(texts, now.Files)).Load;
        return Named(load).Except(Named(now.Load), StringComparer.Ordinal).FirstOrDefault(name => name != path) is { } other
            ? (null, new MessageReport(ReportOutcome.Refused, $"{other} is not read here: {ConfigReading.NotForYou}"))
            : (load, null);
    }

    /// <summary>Whether the server could take its configuration as it is now; one load at a time, like all that are made over the port.</summary>
    internal async Task<ConfigLoad> TestAsync(Func<Task<ConfigLoad>> load)
    {
        await _oneLoad.WaitAsync();
        try
        {
            return await load();
        }
        finally
        {
            _oneLoad.Release();
        }
    }

    /// <summary>A reload, which is a load like the others: alone, or after <see cref="ReloadPatience"/> all the same.</summary>
    internal async Task<ReloadReport> ReloadAsync(Func<Task<ReloadReport>> reload, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(ReloadPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        bool alone = true;
        try
        {
            await _oneLoad.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            alone = false;
        }

        if (!alone)
        {
            return await reload();
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<ReloadReport> running;
        try
        {
            running = reload();
            await Task.WhenAny(running, Task.Delay(ReloadPatience, time, over.Token));
            await over.CancelAsync();
        }
        finally
        {
            _oneLoad.Release();
        }

        return await running;
    }

    /// <summary>The main file, whatever its name is here.</summary>
    public Task<OperatorReport> ReplaceMainAsync(string content, string by) => CommitAsync([new ConfigEdit(Main, content)], by);

    public void Dispose()
    {
        _one.Dispose();
        _oneLoad.Dispose();
    }

    private async Task<OperatorReport> JudgeAsync(IReadOnlyList<ConfigEdit> edits, string by)
    {
        List<string> known = Known((await LoadAsync(_noTexts, null)).Load);
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

            if (Objection(edit, path) is { } objection)
            {
                return objection;
            }
        }

        ConfigLoad load = (await LoadAsync(texts, null)).Load;
        if (load.Settings is null)
        {
            return new ConfigCommitReport([], load.Problems);
        }

        List<string> after = Named(load);
        if (texts.Keys.FirstOrDefault(path => !after.Contains(path, StringComparer.Ordinal)) is { } unread)
        {
            return new MessageReport(ReportOutcome.Refused, $"the configuration does not read {unread}: add an include of it; nothing was written");
        }

        await _oneLoad.WaitAsync();
        try
        {
            // The check took its time, and whoever has a shell here asks nobody.
            return edits.Select(edit => Objection(edit, PathOf(edit.Name))).FirstOrDefault(static each => each is not null) ?? Write(texts, load.Problems, by);
        }
        finally
        {
            _oneLoad.Release();
        }
    }

    /// <summary>What speaks against writing a text over the one that is on the disk now; null when nothing does.</summary>
    private OperatorReport? Objection(ConfigEdit edit, string path)
    {
        string? old;
        try
        {
            old = File.Exists(path) ? ConfigSurroundings.Machine.Read(path) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new MessageReport(ReportOutcome.Refused, $"{path} cannot be read, so that nothing was written: {failure.Message}");
        }

        if (edit.Expected is { } expected && expected != (old is null ? "" : MarkOf(old)))
        {
            return new StaleFileReport(path);
        }

        return MaskedText.FirstNewMask(edit.Content, old ?? "") is { } line
            ? new MessageReport(
                ReportOutcome.Refused,
                $"line {line} of {path} has {SecretValue.Mask} in the place of a secret that was not shown: nothing was written. Read the file as an admin, "
                + "or write the secret itself")
            : null;
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
            return PutBack(done, failure, by);
        }

        foreach (ReplacedFile file in done)
        {
            if (file.Unsynced.Length > 0)
            {
                log.ConfigNotSynced(file.Path, file.Unsynced);
            }

            if (file.DropOldBackups(MaxBackups) is { Length: > 0 } why)
            {
                log.ConfigBackupRemains(file.Path, why);
            }
        }

        string names = string.Join(", ", texts.Keys);
        log.ConfigWritten(by, names);
        return new ConfigCommitReport([.. texts.Keys], problems);
    }

    /// <summary>The last first, each whatever became of the others. What stays replaced is named: somebody has to look.</summary>
    private MessageReport PutBack(List<ReplacedFile> done, Exception failure, string by)
    {
        var stays = new List<string>();
        foreach (ReplacedFile file in Enumerable.Reverse(done))
        {
            if (file.PutBack() is { Length: > 0 } why)
            {
                stays.Add($"{file.Path} (its old text is in {file.Backup}: {why})");
            }
        }

        if (stays.Count == 0)
        {
            return new MessageReport(ReportOutcome.Refused, $"nothing was written: {failure.Message}");
        }

        string replaced = string.Join(", ", stays);
        log.ConfigHalfWritten(by, failure.Message, replaced);
        return new MessageReport(
            ReportOutcome.Refused, $"not all was written ({failure.Message}), and what was could not be taken back: {replaced}. Put it right on the machine");
    }

    /// <summary>The configuration with some texts in the place of files, checked as at start.</summary>
    private async Task<ConfigReading> LoadAsync(Dictionary<string, string> texts, IReadOnlySet<string>? only)
    {
        await _oneLoad.WaitAsync();
        try
        {
            return await ConfigReading.OfAsync(Main, texts, only);
        }
        finally
        {
            _oneLoad.Release();
        }
    }

    /// <summary>Says whether a text is still the same, and nothing else of it.</summary>
    private string MarkOf(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

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

    private static MessageReport TooLarge() => new(ReportOutcome.Usage, $"the texts of an edit may have {MaxOctets >> 20} MB together, and these have more");

    private static MessageReport Stranger(string name) => new(
        ReportOutcome.Refused,
        $"\"{name}\" is no file of the configuration: there are the main file, what it includes, and new files below its directory that it includes then");
}
