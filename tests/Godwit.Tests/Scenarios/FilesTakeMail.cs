// type file: mail into directories and mailboxes on the real disk.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class FilesTakeMail
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task Each_recipient_gets_a_whole_new_file_of_its_own()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string directory = Make(server, "out");
        await server.ReloadAsync(To($"file-destination {directory}"));

        await server.SendAsync("a@sender.test", ["one@there.test", "two@there.test"], "Subject: x\r\n\r\nFrom here\r\n.dot\r\n");
        IReadOnlyList<AccountingRow> rows = await server.RecordsAsync("d", 2);

        string[] files = Directory.GetFiles(directory);
        Assert.Equal(2, files.Length);
        Assert.All(files, file =>
        {
            Assert.EndsWith(".msg", file, StringComparison.Ordinal);
            Assert.EndsWith("Subject: x\n\nFrom here\n.dot\n", File.ReadAllText(file), StringComparison.Ordinal);
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        });
        Assert.All(rows, row => Assert.Equal(("file", "delivered", "2.0.0 (success)"), (row["dlvType"], row["dsnAction"], row["dsnStatus"])));
        Assert.Contains(rows, row => row["dsnDiag"] == $"smtp;250 2.0.0 written to {files[0]}");
    }

    [Fact]
    public async Task A_pickup_file_begins_with_its_envelope()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string directory = Make(server, "out");
        await server.ReloadAsync(To($"file-format newfile-pickup\n  file-destination {directory}"));

        await server.SendAsync("a@sender.test", "One@there.test", "X-Job: j1\r\nX-Envid: e1\r\nSubject: x\r\n\r\nhello\r\n");
        await server.RecordAsync("d");

        string text = File.ReadAllText(Assert.Single(Directory.GetFiles(directory)));
        Assert.StartsWith("x-sender: a@sender.test\nx-receiver: One@there.test\nx-envid: e1\nx-job: j1\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n\nhello\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_grows_by_messages_that_can_be_told_apart()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string directory = Make(server, "mail");
        await server.ReloadAsync(To($"file-format append-mbox\n  file-destination {directory}/$user"));

        await server.SendAsync("a@sender.test", "Ann@there.test", "Subject: 1\r\n\r\nFrom now on\r\n>From\r\n");
        await server.RecordsAsync("d", 1);
        await server.SendAsync("", "ann@there.test", "Subject: 2\r\n\r\nhello\r\n");
        await server.RecordsAsync("d", 2);

        string file = Assert.Single(Directory.GetFiles(directory));
        string[] lines = File.ReadAllLines(file);
        Assert.Equal("ann", Path.GetFileName(file));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        string[] beginnings = [.. lines.Where((line, at) => line.StartsWith("From ", StringComparison.Ordinal) && (at == 0 || lines[at - 1].Length == 0))];
        Assert.Equal(2, beginnings.Length);
        Assert.StartsWith("From a@sender.test ", beginnings[0], StringComparison.Ordinal);
        Assert.StartsWith("From MAILER-DAEMON ", beginnings[1], StringComparison.Ordinal);
        Assert.Contains(">From now on", lines);
        Assert.EndsWith("hello\n\n", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_that_was_torn_does_not_swallow_the_next_message_and_keeps_its_mode()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string file = Path.Combine(Make(server, "mail"), "box");
        const UnixFileMode Shared = OwnerOnly | UnixFileMode.GroupRead;
        File.WriteAllText(file, "From x Sat Nov  7 09:08:07 2026\nSubj");
        File.SetUnixFileMode(file, Shared);
        await server.ReloadAsync(To($"file-format append-mbox\n  file-destination {file}"));

        await server.SendAsync("a@sender.test", "ann@there.test");
        await server.RecordAsync("d");

        Assert.Contains("\nSubj\n\nFrom a@sender.test ", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Equal(Shared, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Many_messages_to_one_mailbox_at_once_are_all_there()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string file = Path.Combine(Make(server, "mail"), "box");
        await server.ReloadAsync(To($"file-format append-mbox\n  file-destination {file}"));

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => server.SendAsync("a@sender.test", $"r{i}@there.test", $"Subject: n{i}\r\n\r\nhello\r\n")));
        await server.RecordsAsync("d", 40);

        string[] subjects = [.. File.ReadAllLines(file).Where(line => line.StartsWith("Subject: n", StringComparison.Ordinal))];
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"Subject: n{i}").Order(StringComparer.Ordinal), subjects.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"../../evil\"@there.test", "\"..%2F..%2Fevil\"")]
    [InlineData("/../evil@there.test", "%2F..%2Fevil")]
    public async Task A_hostile_address_stays_in_its_directory(string recipient, string name)
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string directory = Make(server, "mail/in");
        await server.ReloadAsync(To($"file-format append-mbox\n  file-destination {directory}/$user"));

        await server.SendAsync("a@sender.test", recipient);
        await server.RecordAsync("d");

        Assert.Equal([Path.Combine(directory, name)], Directory.GetFiles(Path.Combine(server.Root, "mail"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_directory_that_is_not_there_makes_the_queue_wait_and_its_mail_is_written_later()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string directory = Path.Combine(server.Root, "later");
        await server.ReloadAsync(To($"file-destination {directory}\n  retry-after 1s"));

        await server.SendAsync("a@sender.test", "one@there.test");
        AccountingRow trouble = await server.RecordAsync("tq");
        Assert.Equal(("file", "there.test/{default}"), (trouble["dlvType"], trouble["queue"]));
        Assert.StartsWith($"smtp;451 4.3.0 cannot write to {directory}: ", trouble["dsnDiag"], StringComparison.Ordinal);
        await server.TopQueuesSayAsync("cannot write to");

        Directory.CreateDirectory(directory);
        await server.RecordAsync("d");
        Assert.Single(Directory.GetFiles(directory, "*.msg"));
    }

    [Fact]
    public async Task One_recipient_without_a_place_does_not_hold_up_the_others()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string directory = Make(server, "mail");
        Make(server, "mail/two");
        await server.ReloadAsync(To($"file-destination {directory}/$user\n  retry-recipients-after 1h"));

        await server.SendAsync("a@sender.test", ["one@there.test", "two@there.test"]);
        AccountingRow put = await server.RecordAsync("t", "one@there.test");
        await server.RecordAsync("d", "two@there.test");

        Assert.StartsWith($"smtp;451 4.3.0 cannot write to {directory}/one: ", put["dsnDiag"], StringComparison.Ordinal);
        Assert.Empty(server.Accounting.Of("tq"));
    }

    [Fact]
    public async Task A_full_disk_loses_nothing_and_leaves_nothing_half_written()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        await server.ReloadAsync(To("file-format append-mbox\n  file-destination /dev/full"));

        await server.SendAsync("a@sender.test", "one@there.test");

        Assert.Contains("/dev/full", (await server.RecordAsync("tq"))["dsnDiag"], StringComparison.Ordinal);
        Assert.Equal(1, server.Waiting);
    }

    [Fact]
    public async Task Without_a_destination_the_mail_waits_and_the_operator_is_told()
    {
        await using RunningServer server = await RunningServer.StartAsync(To(""));

        await server.SendAsync("a@sender.test", "one@there.test");

        await server.TopQueuesSayAsync("no file-destination");
        Assert.Equal(1, server.Waiting);
    }

    [Fact]
    public async Task Discarded_mail_is_on_record_as_bounced_where_that_is_asked_for_and_nobody_is_told()
    {
        await using RunningServer server = await RunningServer.StartAsync("<domain there.test>\n  type discard\n  discard-as-bounce yes\n</domain>\n");

        await server.SendAsync("a@sender.test", "one@there.test");
        AccountingRow row = await server.RecordAsync("b");

        Assert.Equal(("discard", "failed", "smtp;550 5.7.1 discarded"), (row["dlvType"], row["dsnAction"], row["dsnDiag"]));
        await server.EmptyAsync();
        Assert.Single(server.Accounting.Of("r"));
        Assert.Empty(server.Accounting.Of("d"));
    }

    private static string Make(RunningServer server, string name) => Directory.CreateDirectory(Path.Combine(server.Root, name)).FullName;

    private static string To(string more) => $"<domain there.test>\n  type file\n  {more}\n</domain>\n";
}
