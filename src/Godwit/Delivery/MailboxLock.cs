// The lock file beside a mailbox (MAILBOX.lock), which readers of mailboxes look for, and in it what an append is about to do: where it begins and where it
// will end. A process that dies in between leaves both, so readers keep away from half a message until the next append has taken it off.
// Owned by one append, which holds the system's locks on the mailbox already (that order is Debian's policy 11.6). Hence a lock of another Godwit on this
// machine that is met here has no owner any more. Strangers' locks are believed until they are old.

using System.Globalization;
using System.Text;
using Godwit.Foundation;

namespace Godwit.Delivery;

/// <summary>One lock file that was made. What throws leaves it, with its record, to the next append.</summary>
internal sealed class MailboxLock
{
    /// <summary>
    /// Of readers' programs, the least patient take a lock file for left over after five minutes; nobody reads a mailbox that long without touching it.
    /// </summary>
    private static readonly TimeSpan _staleAfter = TimeSpan.FromMinutes(5);

    /// <summary>The longest record: two sizes, a machine's name and a sender.</summary>
    private const int MaxOctets = 4096;

    private const int ScanOctets = 64 * 1024;

    private static readonly string _owner = $"godwit {Environment.MachineName}";

    private readonly string _path;
    private readonly FileStream _file;

    private MailboxLock(string path, FileStream file) => (_path, _file) = (path, file);

    /// <summary>
    /// Makes the lock file. False when somebody has the mailbox. True without a lock where none can be made: a directory that we may not write to, a name
    /// that would be too long, a device. Half a message that an append has left is taken off first.
    /// </summary>
    public static bool TryTake(string mailbox, FileStream opened, DateTime utcNow, out MailboxLock? taken)
    {
        taken = null;
        if (mailbox.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return true;
        }

        string path = $"{mailbox}.lock";
        try
        {
            if (File.Exists(path) && !TryClear(path, opened, utcNow))
            {
                return false;
            }

            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            taken = new MailboxLock(path, new FileStream(path, options));
            return true;
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or PathTooLongException)
        {
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false; // Made by somebody in between.
        }
    }

    /// <summary>
    /// Says what the append will do; on the device when this returns. The 0 is for programs that look for a process id: none to ask, age decides.
    /// </summary>
    public void Record(long begin, long end, ReadOnlySpan<byte> head)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"0\n{_owner}\n{begin} {end}\n{Convert.ToHexString(head)}\n");
        _file.Write(Encoding.UTF8.GetBytes(text));
        _file.Flush(flushToDisk: true);
        new OsVolume(Path.GetDirectoryName(_path)!).SyncDirectory();
    }

    /// <summary>The mailbox is whole again.</summary>
    public void Release()
    {
        _file.Dispose();
        try
        {
            File.Delete(_path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return; // The message is written: to fail now would write it twice. What stays is an orphan to the next append.
        }
    }

    /// <summary>Closes the file and leaves it.</summary>
    public void Abandon() => _file.Dispose();

    /// <summary>False when the lock still counts.</summary>
    private static bool TryClear(string path, FileStream mailbox, DateTime utcNow)
    {
        string[] lines;
        try
        {
            var text = new byte[MaxOctets];
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            lines = Encoding.UTF8.GetString(text, 0, file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)).Split('\n');
        }
        catch (FileNotFoundException)
        {
            return true; // Its owner was quicker.
        }
        catch (UnauthorizedAccessException)
        {
            lines = []; // A stranger's.
        }

        bool isOrphan = lines is [_, var owner, ..] && owner == _owner;
        if (!isOrphan && utcNow - File.GetLastWriteTimeUtc(path) < _staleAfter)
        {
            return false;
        }

        if (lines is [_, ['g', 'o', 'd', 'w', 'i', 't', ' ', ..], var sizes, var head, ..])
        {
            Repair(mailbox, sizes.Split(' '), head);
        }

        File.Delete(path);
        return true;
    }

    /// <summary>
    /// Takes half a message off. Only where the mailbox is as the append left it: it ends short of what was recorded, our own first line stands where it
    /// was to begin, and nobody has put another message behind it.
    /// </summary>
    private static void Repair(FileStream mailbox, string[] sizes, string head)
    {
        if (sizes is [var from, var to] && long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out long begin)
            && long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out long end)
            && head.Length % 2 == 0 && head.All(char.IsAsciiHexDigit)
            && mailbox.Length > begin && mailbox.Length < end && IsOurs(mailbox, begin, Convert.FromHexString(head)))
        {
            mailbox.SetLength(begin);
            mailbox.Flush(flushToDisk: true);
        }
    }

    private static bool IsOurs(FileStream mailbox, long begin, byte[] head)
    {
        var piece = new byte[ScanOctets];
        int known = Read(mailbox, piece.AsSpan(0, head.Length), begin);
        if (!head.AsSpan(0, known).SequenceEqual(piece.AsSpan(0, known)))
        {
            return false;
        }

        // Every line of ours that begins so has a > before it. Somebody who puts no line end before his message may have begun anywhere in ours, so any
        // such word counts: half a message may stay for it, and no whole one goes.
        ReadOnlySpan<byte> next = "From "u8;
        for (long at = begin + head.Length; at < mailbox.Length; at += ScanOctets - next.Length)
        {
            if (piece.AsSpan(0, Read(mailbox, piece, at)).IndexOf(next) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private static int Read(FileStream mailbox, Span<byte> into, long at)
    {
        int length = 0;
        while (length < into.Length && RandomAccess.Read(mailbox.SafeFileHandle, into[length..], at + length) is > 0 and var read)
        {
            length += read;
        }

        return length;
    }
}
