// Which files the log has open: at the start, at a reload and at the end. Runs on the log's own thread.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Accounting;

public sealed partial class AccountingLog
{
    private void Replace(IReadOnlyList<AccountingFileSettings> files, TaskCompletionSource done)
    {
        try
        {
            List<AccountingFile> before = _files;
            _files = Open(files, before);
            foreach (AccountingFile file in before)
            {
                if (!_files.Contains(file))
                {
                    FinishQuietly(file);
                }
            }

            Publish();
            done.SetResult();
        }
        catch (Exception error)
        {
            done.SetException(error);
        }
    }

    private void Rotate(string name, TaskCompletionSource<int> done)
    {
        List<AccountingFile> meant = _files.FindAll(file =>
            name.Length == 0 || file.Settings.Path == name || Path.GetFileName(file.Settings.Path) == name);
        try
        {
            meant.ForEach(static file => file.Rotate());
            PublishPaths(); // Whoever asked sees the new ones.
            done.SetResult(meant.Count);
        }
        catch (Exception error) when (IsDeviceError(error))
        {
            PublishPaths();
            done.SetException(new AccountingException($"an accounting file cannot be begun: {error.Message}", error));
        }
    }

    /// <summary>The files of a configuration; one that is there already in the same form goes on.</summary>
    private List<AccountingFile> Open(IReadOnlyList<AccountingFileSettings> files, List<AccountingFile> before)
    {
        var opened = new List<AccountingFile>();
        try
        {
            foreach (AccountingFileSettings settings in files)
            {
                if (opened.Exists(file => file.Settings.Path == settings.Path))
                {
                    throw new AccountingException($"two accounting files are both called {settings.Path}: give each a name of its own");
                }

                opened.Add(before.Find(file => file.IsSame(settings)) ?? OpenOne(settings, before));
            }
        }
        catch (AccountingException)
        {
            opened.Where(file => !before.Contains(file)).ToList().ForEach(FinishQuietly);
            throw;
        }

        return opened;
    }

    private AccountingFile OpenOne(AccountingFileSettings settings, List<AccountingFile> before)
    {
        try
        {
            // Its predecessor lets go first, so that the two never hold the same directory's newest file, and what a refused write left there is cut before
            // anybody may take it for records. If this fails it begins again by itself.
            before.Find(file => file.Settings.Path == settings.Path)?.LetGo();
            var opened = new AccountingFile(settings, _openVolume, _clock, _log, settings.IsExported ? FeedOf(settings.Path) : null);
            opened.Begin();
            return opened;
        }
        catch (Exception error) when (IsDeviceError(error))
        {
            throw new AccountingException($"accounting file {settings.Path} cannot be written: {error.Message}", error);
        }
    }

    private void Publish()
    {
        int wanted = 0;
        int headers = 0;
        foreach (AccountingType type in Enum.GetValues<AccountingType>())
        {
            if (_files.Exists(file => file.Wants(type)))
            {
                wanted |= 1 << (int)type;
            }

            if (_files.Exists(file => file.Wants(type) && file.HeaderNames.Count > 0))
            {
                headers |= 1 << (int)type;
            }
        }

        _headerNames = [.. _files.SelectMany(static file => file.HeaderNames).Distinct(StringComparer.OrdinalIgnoreCase)];
        (_wanted, _headersWanted) = (wanted, headers);
        PublishPaths();
    }

    private void PublishPaths()
    {
        string[] paths = _paths;
        bool same = paths.Length == _files.Count;
        for (int i = 0; same && i < paths.Length; i++)
        {
            same = ReferenceEquals(paths[i], _files[i].CurrentPath);
        }

        if (!same)
        {
            _paths = [.. _files.Select(static file => file.CurrentPath)];
        }
    }

    private void Finish()
    {
        foreach (AccountingFile file in _files)
        {
            FinishQuietly(file);
        }

        lock (_gate)
        {
            _waiting.Fail(new AccountingException("accounting was stopped"));
            _replacement?.Done.TrySetException(new AccountingException("accounting was stopped"));
            _rotation?.Done.TrySetException(new AccountingException("accounting was stopped"));
        }

        _stopped.SetResult();
    }

    private void FinishQuietly(AccountingFile file)
    {
        try
        {
            file.Finish();
        }
        catch (Exception error) when (IsDeviceError(error))
        {
            _log.AccountingRoomFailed(file.CurrentPath, error);
        }
    }
}
