// Names of files whose path has, or had, a program or a receiver behind it: they never fall behind what was handed over, and it is on disk which of them
// are to be handed over before the first of them is made.

using Godwit.Diagnostics;
using Godwit.Foundation;

namespace Godwit.Accounting;

internal sealed partial class AccountingFile
{
    /// <summary>The stamp of a new file: noted, where it begins or ends a stretch of files that are handed over.</summary>
    private AccountingFileStamp NextNoted()
    {
        StagedCursor cursor = StagedCursor.Read(_volume, Settings.Path);
        StagedSpans spans = StagedSpans.Read(_volume, Settings.Path, path => _log.ExportSpansUnreadable(path));
        bool isMarked = _names.TryParse(cursor.Name, out _) || spans.Names.Any(name => _names.TryParse(name, out _));
        if (!Settings.IsExported && !isMarked)
        {
            return NextFree();
        }

        AccountingFileStamp stamp = NextBehindAll([cursor.Name, .. spans.Names]);
        string name = _names.Format(stamp);
        if (Settings.IsExported && !spans.IsOpen(_names))
        {
            // Without a note the cursor knows best: what is older was handed over, or never meant to be.
            string from = spans == StagedSpans.None && _names.TryParse(cursor.Name, out _) ? cursor.Name : name;
            spans.Opened(from, _names, _volume.List()).Write(_volume, Settings.Path);
        }
        else if (!Settings.IsExported && spans.IsOpen(_names))
        {
            spans.Closed(name).Write(_volume, Settings.Path);
        }

        return stamp;
    }

    /// <summary>Behind every file that is there and every one that has been handed over, also when the clock was set back: their order is their age.</summary>
    private AccountingFileStamp NextBehindAll(IEnumerable<string> noted)
    {
        var last = new AccountingFileStamp(Today(), -1);
        foreach (string name in FilesHereAndMoved().Concat(noted).Append(_name))
        {
            if (_names.TryParse(name, out AccountingFileStamp stamp) && stamp.CompareTo(last) > 0)
            {
                last = stamp;
            }
        }

        return last with { Number = last.Number + 1 };
    }

    /// <summary>Files that a program or a receiver still has to get: they are not ours to move or delete.</summary>
    private Func<string, AccountingFileStamp, bool> Owed()
    {
        StagedSpans spans = StagedSpans.Read(_volume, Settings.Path);
        StagedCursor cursor = StagedCursor.Read(_volume, Settings.Path);
        return (name, stamp) => spans.Contains(_names, stamp) && !HasArrived(cursor, name, stamp);
    }

    private bool HasArrived(StagedCursor cursor, string name, AccountingFileStamp stamp)
    {
        if (!_names.TryParse(cursor.Name, out AccountingFileStamp done) || stamp.CompareTo(done) != 0)
        {
            return cursor.Name.Length > 0 && stamp.CompareTo(done) < 0;
        }

        using IVolumeFile file = _volume.Open(name, create: false);
        return file.Length <= cursor.Offset;
    }
}
