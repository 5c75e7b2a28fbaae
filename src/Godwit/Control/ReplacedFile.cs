// One file that is replaced by a new text, and how to take that back. Owned by the edit that makes it. The old text stays beside the file under a name that
// begins with a dot, which no include with a star matches. Device errors reach the caller; nothing is half written then. The new file has the mode of the
// old one, and its owner and group as far as this process may give files away.

using System.Globalization;
using System.Text;
using Godwit.Foundation;

namespace Godwit.Control;

/// <summary>A replaced file.</summary>
internal sealed class ReplacedFile
{
    /// <summary>For a file that is new: the server's user and group.</summary>
    private const UnixFileMode UsualMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private ReplacedFile(string path, string backup) => (Path, Backup) = (path, backup);

    public string Path { get; }

    /// <summary>Where the old text is; empty when the file is new.</summary>
    public string Backup { get; }

    /// <summary>Why the new name may be lost with the power; empty when it is on the disk.</summary>
    public string Unsynced { get; private set; } = "";

    private string Folder => System.IO.Path.GetDirectoryName(Path) ?? "/";

    /// <summary>Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>, with the old file in its place.</summary>
    public static ReplacedFile Replace(string name, string text, DateTimeOffset now)
    {
        // What the operator has made a link of stays one.
        string path = File.Exists(name) ? new FileInfo(name).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? name : name;
        string folder = System.IO.Path.GetDirectoryName(path) ?? "/";
        string file = System.IO.Path.GetFileName(path);
        bool isNew = !File.Exists(path);
        FileOwner? owner = isNew ? null : FileOwner.Of(path);
        UnixFileMode mode = isNew || OperatingSystem.IsWindows() ? UsualMode : File.GetUnixFileMode(path);
        string backup = isNew ? "" : System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $".{file}.bak-{now:yyyyMMddTHHmmssfff}Z"));
        if (!isNew)
        {
            Write(backup, File.ReadAllBytes(path), mode, owner);
        }

        string fresh = System.IO.Path.Combine(folder, $".{file}.new");
        try
        {
            Write(fresh, Encoding.UTF8.GetBytes(text), mode, owner);
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception)
        {
            File.Delete(fresh);
            throw;
        }

        var replaced = new ReplacedFile(path, backup);
        replaced.SyncFolder();
        return replaced;
    }

    /// <summary>The old text again, or no file where none was. Returns why that failed; empty when it did not.</summary>
    public string PutBack()
    {
        try
        {
            if (Backup.Length > 0)
            {
                File.Move(Backup, Path, overwrite: true);
            }
            else
            {
                File.Delete(Path);
            }

            SyncFolder();
            return "";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }

    /// <summary>Returns why one was not removed; empty when all were that had to be.</summary>
    public string DropOldBackups(int keep)
    {
        try
        {
            foreach (string old in Directory.GetFiles(Folder, $".{System.IO.Path.GetFileName(Path)}.bak-*").OrderDescending(StringComparer.Ordinal).Skip(keep))
            {
                File.Delete(old);
            }

            return "";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }

    /// <summary>After a loss of power the file has its new name, too. A disk that cannot say so has the text all the same.</summary>
    private void SyncFolder()
    {
        try
        {
            new OsVolume(Folder).SyncDirectory();
        }
        catch (IOException failure)
        {
            // The rename is done and every reader sees it: to call it undone would be wrong, and taking it back would need the same disk.
            Unsynced = failure.Message;
        }
    }

    /// <summary>Complete on the disk when this returns, and never readable for more than the old file was.</summary>
    private static void Write(string path, byte[] octets, UnixFileMode mode, FileOwner? owner)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using var file = new FileStream(path, options);
        file.Write(octets);
        file.Flush(flushToDisk: true);
        _ = owner?.TryGive(path);
    }
}
