// type pipe: mail to programs of this machine.

using System.Globalization;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ProgramsTakeMail
{
    [Fact]
    public async Task A_program_gets_the_message_on_its_standard_input_and_a_record_is_left()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        await server.ReloadAsync(To($"command \"/usr/bin/tee {server.Root}/$user.txt\""));

        await server.SendAsync("a@sender.test", "Ann@there.test", "Subject: x\r\n\r\nFrom here\r\n.dot\r\n");
        AccountingRow row = await server.RecordAsync("d");

        Assert.EndsWith("Subject: x\n\nFrom here\n.dot\n", File.ReadAllText(Path.Combine(server.Root, "ann.txt")), StringComparison.Ordinal);
        Assert.Equal(("pipe", "delivered", "2.0.0 (success)"), (row["dlvType"], row["dsnAction"], row["dsnStatus"]));
        Assert.StartsWith("smtp;250 2.0.0 /usr/bin/tee took the message: Received: ", row["dsnDiag"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_recipient_is_a_run_of_its_own_with_words_that_nothing_in_an_address_can_split()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string program = Write(server, "take", "for w in \"$@\"; do echo \"[$w]\" >> \"$0.$$\"; done; echo done >> \"$0.$$\"");
        await server.ReloadAsync(To($"command \"{program} -f \\\"$from\\\" $to a\\ b \\$x\"", "macro-variables-preserve-case yes"));

        await server.SendAsync("A@sender.test", ["\"x; rm -rf $HOME\"@there.test", "two@there.test"]);
        await server.RecordsAsync("d", 2);

        string[] runs = [.. Directory.GetFiles(server.Root, "take.*").Where(file => file != program).Select(File.ReadAllText).Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["[-f]\n[A@sender.test]\n[\"x; rm -rf $HOME\"@there.test]\n[a b]\n[$x]\ndone\n", "[-f]\n[A@sender.test]\n[two@there.test]\n[a b]\n[$x]\ndone\n"], runs);
    }

    [Fact]
    public async Task An_address_never_becomes_an_option()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        await server.ReloadAsync(To("command \"/bin/true $user\"") + "<domain behind.test>\n  type pipe\n  command \"/bin/true -- $user\"\n</domain>\n");

        await server.SendAsync("", ["--help@there.test", "--help@behind.test"]);

        Assert.Equal("smtp;550 5.1.3 the address begins with a hyphen, which the program would take for an option",
            (await server.RecordAsync("b", "--help@there.test"))["dsnDiag"]);
        await server.RecordAsync("d", "--help@behind.test");
    }

    [Fact]
    public async Task Exit_codes_decide_and_the_first_line_of_the_output_says_why()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string program = Write(server, "take", "echo \"no box for $1\" >&2; echo more; exit $1");
        await server.ReloadAsync(To($"command \"{program} $user\""));

        await server.SendAsync("", ["0@there.test", "67@there.test", "75@there.test", "1@there.test"]);

        Assert.EndsWith("took the message: no box for 0", (await server.RecordAsync("d", "0@there.test"))["dsnDiag"], StringComparison.Ordinal);
        AccountingRow unknown = await server.RecordAsync("b", "67@there.test");
        Assert.Equal(($"smtp;550 5.1.1 {program} ended with exit code 67 (EX_NOUSER): no box for 67", "bad-mailbox"), (unknown["dsnDiag"], unknown["bounceCat"]));
        Assert.Contains("exit code 75 (EX_TEMPFAIL)", (await server.RecordAsync("t", "75@there.test"))["dsnDiag"], StringComparison.Ordinal);
        Assert.StartsWith("5.3.0", (await server.RecordAsync("b", "1@there.test"))["dsnStatus"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_never_reads_and_one_that_never_stops_talking_are_no_trouble()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string program = Write(server, "talk", "head -c 3000000 /dev/zero | tr '\\0' x; exit 0");
        await server.ReloadAsync(To("command /bin/true") + $"<domain talk.test>\n  type pipe\n  command {program}\n</domain>\n");

        await server.SendAsync("a@sender.test", ["one@there.test", "two@talk.test"], "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat("hello\r\n", 100_000)));

        await server.RecordAsync("d", "one@there.test");
        string diagnostic = (await server.RecordAsync("d", "two@talk.test"))["dsnDiag"];
        Assert.InRange(diagnostic.Length, 200, 400);
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_killed_with_all_that_it_has_started()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string program = Write(server, "hang", "sleep 600 & echo $! > \"$0.child\"; echo waiting; wait");
        await server.ReloadAsync(To($"command {program}", "smtp-data-termination-timeout 2s"));

        await server.SendAsync("a@sender.test", "one@there.test");
        AccountingRow row = await server.RecordAsync("t");

        Assert.Equal($"smtp;451 4.3.0 {program} did not end within 2 seconds and was killed: waiting", row["dsnDiag"]);
        int child = int.Parse(File.ReadAllText($"{program}.child"), CultureInfo.InvariantCulture);
        await Eventually.TrueAsync(() => HasEnded(child), TimeSpan.FromSeconds(10), "the child has ended");
    }

    [Fact]
    public async Task What_a_program_leaves_running_behind_it_is_not_waited_for()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string program = Write(server, "leave", "sleep 600 & echo $! > \"$0.child\"; exit 0");
        await server.ReloadAsync(To($"command {program}"));

        await server.SendAsync("a@sender.test", "one@there.test");
        await server.RecordAsync("d");

        int child = int.Parse(File.ReadAllText($"{program}.child"), CultureInfo.InvariantCulture);
        Assert.False(HasEnded(child));
        using var left = System.Diagnostics.Process.GetProcessById(child);
        left.Kill();
    }

    [Fact]
    public async Task A_program_that_is_killed_gets_its_mail_again()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        await server.ReloadAsync(To($"command {Write(server, "die", "kill -9 $$")}"));

        await server.SendAsync("a@sender.test", "one@there.test");

        Assert.EndsWith("was ended by signal 9", (await server.RecordAsync("t"))["dsnDiag"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_sees_nothing_of_the_server()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string program = Write(server, "look", "pwd > \"$0.txt\"; env | grep -v -e ^PWD -e ^_= -e ^SHLVL -e ^OLDPWD | sort >> \"$0.txt\"");
        string find = $"/usr/bin/find /proc/self/fd -mindepth 1 -fprint {server.Root}/open";
        await server.ReloadAsync(To($"command {program}") + $"<domain open.test>\n  type pipe\n  command {find}\n</domain>\n");

        await server.SendAsync("a@sender.test", ["one@there.test", "two@open.test"]);
        await server.RecordsAsync("d", 2);

        string[] seen = File.ReadAllLines($"{program}.txt");
        Assert.Equal(["/", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"], seen);

        // What find opens itself takes the numbers behind the three that it was given; the server's own files and sockets go far beyond.
        string[] open = File.ReadAllLines(Path.Combine(server.Root, "open"));
        Assert.All(open, line => Assert.InRange(int.Parse(Path.GetFileName(line), CultureInfo.InvariantCulture), 0, 7));
        Assert.InRange(open.Length, 3, 8);
    }

    [Theory]
    [InlineData("command /no/such/program", "cannot run /no/such/program: ")]
    [InlineData("command program", "the program program has no path")]
    [InlineData("", "the configuration has no command")]
    public async Task A_program_that_cannot_be_run_makes_the_queue_wait(string command, string reason)
    {
        await using RunningServer server = await RunningServer.StartAsync(To(command));

        await server.SendAsync("a@sender.test", "one@there.test");
        AccountingRow row = await server.RecordAsync("tq");

        Assert.StartsWith($"smtp;451 4.3.0 {reason}", row["dsnDiag"], StringComparison.Ordinal);
        Assert.Equal("pipe", row["dlvType"]);
        Assert.Equal(1, server.Waiting);
    }

    [Fact]
    public async Task No_more_programs_run_at_once_than_total_max_file_says()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string program = Write(server, "count", $"mkdir {server.Root}/turn || exit 70; sleep 0.05; rmdir {server.Root}/turn");
        await server.ReloadAsync("total-max-file 1\n" + To($"command {program}") + $"<domain other.test>\n  type pipe\n  command {program}\n</domain>\n");

        await server.SendAsync("a@sender.test", Enumerable.Range(0, 15).SelectMany(i => new[] { $"r{i}@there.test", $"r{i}@other.test" }));

        await server.RecordsAsync("d", 30);
        Assert.Empty(server.Accounting.Of("b"));
    }

    private static string Write(RunningServer server, string name, string lines)
    {
        string path = Path.Combine(server.Root, name);
        File.WriteAllText(path, $"#!/bin/sh\n{lines}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>Gone, or a zombie that its new parent has not waited for.</summary>
    private static bool HasEnded(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1][0] is 'Z' or 'X';
        }
        catch (Exception gone) when (gone is IOException)
        {
            return true;
        }
    }

    private static string To(params string[] lines) => $"<domain there.test>\n  type pipe\n  {string.Join("\n  ", lines)}\n</domain>\n";
}
