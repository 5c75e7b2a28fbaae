// What stands in a mailbox and beside it when a process ends in the middle of an append, and when other programs have their locks there.

using System.Text;
using Godwit.Delivery;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Tests.Delivery;

public sealed class MailboxFileTests : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string Earlier = "From x Sat Nov  7 09:08:07 2026\nSubject: earlier\n\nhello\n\n";

    /// <summary>What is missing of a torn message: more than what other programs put into the mailbox here.</summary>
    private static readonly string _rest = new('r', 500);

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-mailbox-").FullName;
    private readonly MailboxFile _mailboxes = new(Mode);
    private readonly Instant _now = Instant.FromDateTime(new DateTimeOffset(2026, 11, 7, 9, 8, 7, TimeSpan.Zero));

    private string Box => Path.Combine(_folder, "box");

    private string Lock => $"{Box}.lock";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Readers_find_a_lock_file_while_a_message_is_written_and_none_afterwards()
    {
        (string half, string record) = await KillInTheMiddleAsync();

        Assert.StartsWith(Earlier + "From a@sender.test ", half, StringComparison.Ordinal);
        Assert.EndsWith("Subject: torn\n\n", half, StringComparison.Ordinal);
        Assert.StartsWith("0\n", record, StringComparison.Ordinal);
        Assert.False(File.Exists(Lock));
        Assert.EndsWith($"Subject: torn\n\n>From the end\n{_rest}\n\n", File.ReadAllText(Box), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_message_is_taken_off_before_the_next_is_written()
    {
        (string half, string record) = await KillInTheMiddleAsync();
        File.WriteAllText(Box, half);
        File.WriteAllText(Lock, record);

        await AppendAsync("Subject: next\r\n\r\nhello\r\n");

        Assert.Equal(Earlier + "From a@sender.test Sat Nov  7 09:08:07 2026\nSubject: next\n\nhello\n\n", File.ReadAllText(Box));
        Assert.False(File.Exists(Lock));
    }

    [Fact]
    public async Task Half_a_first_line_is_taken_off_too()
    {
        (string _, string record) = await KillInTheMiddleAsync();
        File.WriteAllText(Box, Earlier + "From a@sen");
        File.WriteAllText(Lock, record);

        await AppendAsync("Subject: next\r\n\r\nhello\r\n");

        Assert.StartsWith(Earlier + "From a@sender.test Sat Nov  7 09:08:07 2026\nSubject: next\n", File.ReadAllText(Box), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_message_stays_when_the_process_died_before_it_took_its_lock_away()
    {
        (string _, string record) = await KillInTheMiddleAsync();
        string whole = File.ReadAllText(Box);
        File.WriteAllText(Lock, record);

        await AppendAsync("Subject: next\r\n\r\nhello\r\n");

        Assert.StartsWith(whole + "From a@sender.test ", File.ReadAllText(Box), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Earlier, "\n\nFrom y Sat Nov  7 10:08:07 2026\nSubject: z\n\n")]
    [InlineData("From x Sat Nov  7 09:08:07 2026\nSubject: another length now\n\nhello\n\n", "")]
    public async Task Nothing_is_taken_off_a_mailbox_that_another_program_has_changed_since(string earlier, string behind)
    {
        (string half, string record) = await KillInTheMiddleAsync();
        string changed = earlier + half[Earlier.Length..] + behind;
        File.WriteAllText(Box, changed);
        File.WriteAllText(Lock, record);

        await AppendAsync("Subject: next\r\n\r\nhello\r\n");

        Assert.StartsWith(changed, File.ReadAllText(Box), StringComparison.Ordinal);
        Assert.Contains("\n\nFrom a@sender.test Sat Nov  7 09:08:07 2026\nSubject: next\n", File.ReadAllText(Box), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_that_another_program_has_locked_is_left_alone()
    {
        File.WriteAllText(Box, Earlier);
        File.WriteAllText(Lock, "4711\n");

        IOException failure = await Assert.ThrowsAsync<IOException>(() => AppendAsync("Subject: next\r\n\r\n"));

        Assert.Equal($"another program holds the mailbox with {Lock}", failure.Message);
        Assert.Equal((Earlier, "4711\n"), (File.ReadAllText(Box), File.ReadAllText(Lock)));
    }

    [Fact]
    public async Task A_mailbox_is_written_as_soon_as_the_other_program_has_taken_its_lock_away()
    {
        File.WriteAllText(Lock, "");
        var time = new HastyTime { OnTimer = () => File.Delete(Lock) };

        await AppendAsync("Subject: next\r\n\r\n", time);

        Assert.Contains("Subject: next", File.ReadAllText(Box), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_nobody_has_touched_for_five_minutes_stops_no_mail()
    {
        File.WriteAllText(Lock, "4711\n");
        File.SetLastWriteTimeUtc(Lock, DateTime.UnixEpoch);

        await AppendAsync("Subject: next\r\n\r\n");

        Assert.Contains("Subject: next", File.ReadAllText(Box), StringComparison.Ordinal);
        Assert.False(File.Exists(Lock));
    }

    [Fact]
    public async Task The_lock_of_another_machines_server_counts_until_it_is_old_and_its_half_message_goes_with_it()
    {
        (string half, string record) = await KillInTheMiddleAsync();
        File.WriteAllText(Box, half);
        File.WriteAllText(Lock, record.Replace($"godwit {Environment.MachineName}", "godwit elsewhere", StringComparison.Ordinal));
        await Assert.ThrowsAsync<IOException>(() => AppendAsync("Subject: next\r\n\r\n"));
        Assert.Equal(half, File.ReadAllText(Box));

        File.SetLastWriteTimeUtc(Lock, DateTime.UnixEpoch);
        await AppendAsync("Subject: next\r\n\r\n");

        Assert.Equal(Earlier + "From a@sender.test Sat Nov  7 09:08:07 2026\nSubject: next\n\n\n", File.ReadAllText(Box));
    }

    [Fact]
    public async Task A_mailbox_whose_lock_would_have_too_long_a_name_is_written_without_one()
    {
        string box = Path.Combine(_folder, new string('b', 253));

        await _mailboxes.AppendAsync(box, Content(["Subject: next\r\n\r\n"u8.ToArray()]), _now, new HastyTime(), CancellationToken.None);

        Assert.Contains("Subject: next", File.ReadAllText(box), StringComparison.Ordinal);
    }

    /// <summary>Appends a message and returns what a process that is killed in the middle leaves: the mailbox, and the lock beside it.</summary>
    private async Task<(string Half, string Record)> KillInTheMiddleAsync()
    {
        File.WriteAllText(Box, Earlier);
        (string Half, string Record) left = ("", "");
        byte[][] pieces = ["Subject: torn\r\n\r\n"u8.ToArray(), Encoding.ASCII.GetBytes($"From the end\r\n{_rest}\r\n")];
        using MessageContent content = Content(new WatchedPieces(pieces, () => left = (Read(Box), Read(Lock))));
        await _mailboxes.AppendAsync(Box, content, _now, new HastyTime(), CancellationToken.None);
        return left;
    }

    private async Task AppendAsync(string text, TimeProvider? time = null)
    {
        using MessageContent content = Content([Encoding.ASCII.GetBytes(text)]);
        await _mailboxes.AppendAsync(Box, content, _now, time ?? new HastyTime(), CancellationToken.None);
    }

    private static MessageContent Content(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        EmailAddress address = EmailAddress.Parse("ann@there.test");
        var envelope = new Envelope
        {
            Id = default,
            Sender = EmailAddress.Parse("a@sender.test"),
            Recipients = [new EnvelopeRecipient { Address = address, Destination = address.Domain, VirtualMta = EnvelopeRecipient.DefaultVirtualMta }],
        };
        return new MessageContent(envelope, pieces);
    }

    /// <summary>By a program that asks for no lock: .NET itself would, and not get it.</summary>
    private static string Read(string path)
    {
        using var program = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/cat", [path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        return program.StandardOutput.ReadToEnd();
    }

    /// <summary>Looks each time the last piece is asked for: the last time is when the pieces before it are written.</summary>
    private sealed class WatchedPieces(byte[][] pieces, Action look) : IReadOnlyList<ReadOnlyMemory<byte>>
    {
        public int Count => pieces.Length;

        public ReadOnlyMemory<byte> this[int index]
        {
            get
            {
                if (index == pieces.Length - 1)
                {
                    look();
                }

                return pieces[index];
            }
        }

        public IEnumerator<ReadOnlyMemory<byte>> GetEnumerator() => pieces.Select(static piece => (ReadOnlyMemory<byte>)piece).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Every pause is over at once.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public Action? OnTimer { get; init; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            OnTimer?.Invoke();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
