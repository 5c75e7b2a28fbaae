// One file that is replaced by a new text, and how to take that back. Owned by the edit that makes it. The old text stays beside the file under a name that
// begins with a dot, which no include with a star matches. Device errors reach the caller; nothing is half written then.

using System.Globalization;
using System.Text;

namespace Godwit.Control;

/// <summary>A replaced file.</summary>
internal sealed class ReplacedFile
{
    /// <summary>For a file that is new: the server's user and group.</summary>
    private const UnixFileMode UsualMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly string _path;
    private readonly string _backup;

    private ReplacedFile(string path, string backup) => (_path, _backup) = (path, backup);

    /// <summary>Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>, with the old file in its place.</summary>
    public static ReplacedFile Replace(string name, string text, DateTimeOffset now)
    {
        // What the operator has made a link of stays one.
        string path = File.Exists(name) ? new FileInfo(name).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? name : name;
        string folder = Path.GetDirectoryName(path) ?? "/";
        string file = Path.GetFileName(path);
        bool isNew = !File.Exists(path);
        UnixFileMode mode = isNew || OperatingSystem.IsWindows() ? UsualMode : File.GetUnixFileMode(path);
        string backup = isNew ? "" : Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $".{file}.bak-{now:yyyyMMddTHHmmssfff}Z"));
        if (!isNew)
        {
            Write(backup, File.ReadAllBytes(path), mode);
        }

        string fresh = Path.Combine(folder, $".{file}.new");
        try
        {
            Write(fresh, Encoding.UTF8.GetBytes(text), mode);
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception)
        {
            File.Delete(fresh);
            throw;
        }

        return new ReplacedFile(path, backup);
    }

    /// <summary>The old text again, or no file where none was.</summary>
    public void PutBack()
    {
        if (_backup.Length > 0)
        {
            File.Move(_backup, _path, overwrite: true);
        }
        else
        {
            File.Delete(_path);
        }
    }

    public void DropOldBackups(int keep)
    {
        string folder = Path.GetDirectoryName(_path) ?? "/";
        foreach (string old in Directory.GetFiles(folder, $".{Path.GetFileName(_path)}.bak-*").OrderDescending(StringComparer.Ordinal).Skip(keep))
        {
            File.Delete(old);
        }
    }

    /// <summary>Complete on the disk when this returns, and never readable for more than the old file was.</summary>
    private static void Write(string path, byte[] octets, UnixFileMode mode)
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
    }
}
