// Appends to files of many messages (mbox, RFC 4155). Owned by all file deliveries together; thread safe. One writer at a time: within this process by
// turns, against other programs by flock and fcntl locks on the file itself, which the system takes back from a process that dies, and by a lock file.
// Promises that a message that cannot be written whole is taken away again: at once, or by the next append after the end of a process or of the power.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Delivery;

/// <summary>Writes to mailboxes.</summary>
internal sealed class MailboxFile
{
    /// <summary>Turns for all paths by their hash: deliveries to one mailbox wait for each other, and a few strangers with them.</summary>
    private const int Turns = 64;

    /// <summary>A program that reads a mailbox has it for a moment: looked for so often, with such pauses, before the mail goes back to its queue.</summary>
    private const int LockAttempts = 50;

    /// <summary>errno EAGAIN and Windows' sharing violation: somebody else holds the lock.</summary>
    private const int WouldBlock = 11;
    private const int SharingViolation = unchecked((int)0x80070020);

    private static readonly TimeSpan _lockPause = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim[] _turns = new SemaphoreSlim[Turns];
    private readonly UnixFileMode _mode;

    /// <param name="mode">Permissions of a mailbox that is made; one that is there keeps its own.</param>
    public MailboxFile(UnixFileMode mode)
    {
        _mode = mode;
        for (int i = 0; i < Turns; i++)
        {
            _turns[i] = new SemaphoreSlim(1);
        }
    }

    /// <summary>
    /// Appends a message; it is on the device when this returns. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>, and the file
    /// is as before then.
    /// </summary>
    public async ValueTask AppendAsync(string path, MessageContent content, Instant now, TimeProvider time, CancellationToken abort)
    {
        path = Path.GetFullPath(path);
        SemaphoreSlim turn = _turns[(uint)string.GetHashCode(path, StringComparison.Ordinal) % Turns];
        await turn.WaitAsync(abort);
        try
        {
            bool isNew = !File.Exists(path);
            (FileStream file, MailboxLock? hold) = await OpenAsync(path, time, abort);
            await using (file)
            {
                if (isNew && hold is null)
                {
                    new OsVolume(Path.GetDirectoryName(path)!).SyncDirectory();
                }

                try
                {
                    Append(file, hold, content, now);
                    hold?.Release();
                }
                finally
                {
                    hold?.Abandon();
                }
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The mailbox with every lock on it; the second is null where there can be no lock file.</summary>
    private async ValueTask<(FileStream File, MailboxLock? Hold)> OpenAsync(string path, TimeProvider time, CancellationToken abort)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = _mode;
        }

        for (int attempt = 1; attempt <= LockAttempts; attempt++)
        {
            FileStream? file = null;
            try
            {
                file = new FileStream(path, options);
                if (OperatingSystem.IsLinux())
                {
                    file.Lock(0, 0);
                }

                if (MailboxLock.TryTake(path, file, time.GetUtcNow().UtcDateTime, out MailboxLock? hold))
                {
                    return (file, hold);
                }

                // Whoever has the lock file may want the system's locks next.
                file.Dispose();
            }
            catch (IOException held) when (IsHeld(held))
            {
                file?.Dispose();
            }
            catch
            {
                file?.Dispose();
                throw;
            }

            await Task.Delay(_lockPause, time, abort);
        }

        throw new IOException($"another program holds the mailbox{(File.Exists($"{path}.lock") ? $" with {path}.lock" : "")}");
    }

    private static bool IsHeld(IOException failure) => failure.HResult is WouldBlock or SharingViolation;

    private static void Append(FileStream file, MailboxLock? hold, MessageContent content, Instant now)
    {
        long before = file.Length;
        string sender = content.Envelope.Sender.IsNull ? "MAILER-DAEMON" : content.Envelope.Sender.Text;
        byte[] head = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{Separator(file, before)}From {sender} {DeliveryMacros.CTime(now)}\n"));
        try
        {
            if (hold is not null)
            {
                hold.Record(before, before + head.Length + Put(content, null), head);
                content.Rewind();
            }

            file.Position = before;
            file.Write(head);
            Put(content, file);
            file.Flush(flushToDisk: true);
        }
        catch
        {
            file.SetLength(before);
            hold?.Release();
            throw;
        }
    }

    /// <summary>Writes the message behind its first line, or only counts. Returns octets.</summary>
    private static long Put(MessageContent content, FileStream? file)
    {
        long length = 0;
        var lines = new LocalLines(quotesFrom: true, keepsLineEnds: false);
        while (content.TryReadNext(out ReadOnlyMemory<byte> piece))
        {
            Write(lines.Turn(piece.Span).Span);
        }

        Write(lines.End().Span);
        Write(lines.EndsLine ? "\n"u8 : "\n\n"u8);
        return length;

        void Write(ReadOnlySpan<byte> octets)
        {
            file?.Write(octets);
            length += octets.Length;
        }
    }

    /// <summary>A mailbox whose end was torn off by another program's fault gets the empty line that a message ends with.</summary>
    private static string Separator(FileStream file, long length)
    {
        Span<byte> end = stackalloc byte[2];
        int known = (int)Math.Min(length, end.Length);
        end = end[..known];
        return known == 0 || RandomAccess.Read(file.SafeFileHandle, end, length - known) < known || end.SequenceEqual("\n\n"u8) ? ""
            : end[^1] == '\n' ? "\n"
            : "\n\n";
    }
}
