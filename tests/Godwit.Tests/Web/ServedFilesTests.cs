using Godwit.Settings;

namespace Godwit.Tests.Web;

/// <summary>Logs and accounting files over HTTP: those, whole or in part, and nothing else.</summary>
public sealed class ServedFilesTests
{
    [Fact]
    public async Task Logs_and_accounting_are_listed_and_sent()
    {
        await using PortLab lab = await LabAsync();

        PortLab.Answer list = await lab.GetAsync("/logs");
        Assert.Equal(200, list.Status);
        Assert.Equal(
            ["godwit.log", "godwit.log.1", "acct-2026-03-04-0000.csv"],
            list.Body.Split('\n')[..3].Select(line => line.Split(' ')[^1]));

        PortLab.Answer file = await lab.GetAsync("/getFile?file=acct-2026-03-04-0000.csv");
        Assert.Equal((200, "type,timeLogged\n", "bytes"), (file.Status, file.Body, file.Headers["Accept-Ranges"]));

        PortLab.Answer part = await lab.GetAsync("/getFile?file=godwit.log", ("Range", "bytes=4-7"));
        Assert.Equal((206, "4567", "bytes 4-7/10"), (part.Status, part.Body, part.Headers["Content-Range"]));
        Assert.Equal(416, (await lab.GetAsync("/getFile?file=godwit.log", ("Range", "bytes=100-"))).Status);
    }

    [Theory]
    [InlineData("control-token")]
    [InlineData("../control-token")]
    [InlineData("..%2Fcontrol-token")]
    [InlineData("%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("..%252f..%252fetc%252fpasswd")]
    [InlineData("/etc/passwd")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData("./godwit.log")]
    [InlineData("sub/../godwit.log")]
    [InlineData("godwit.log%00.csv")]
    [InlineData("godwit.log.9")]
    [InlineData("acct-2026-03-05-0000.csv")]
    [InlineData("acct-2026-03-06-0000.csv")]
    [InlineData("..\\\\control-token")]
    [InlineData("")]
    public async Task Nothing_else_can_be_named(string name)
    {
        await using PortLab lab = await LabAsync();
        // A link by a name of ours, to a file and to a directory.
        File.CreateSymbolicLink(Path.Combine(lab.Folder, "acct-2026-03-05-0000.csv"), Path.Combine(lab.Folder, "control-token"));
        Directory.CreateSymbolicLink(Path.Combine(lab.Folder, "acct-2026-03-06-0000.csv"), "/etc");

        PortLab.Answer answer = await lab.GetAsync("/getFile?file=" + name);

        Assert.Equal(404, answer.Status);
        Assert.DoesNotContain(lab.Token, answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("acct-2026-03-05", (await lab.GetAsync("/logs")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deny_logs_keeps_them_from_who_looks_and_not_from_operators()
    {
        await using PortLab lab = await LabAsync();
        lab.Allow(AccessLevel.Monitor, denyLogs: true);
        lab.AddUser("ann", "right horse", AccessLevel.Operator);

        Assert.Equal((403, 403), ((await lab.GetAsync("/logs")).Status, (await lab.GetAsync("/getFile?file=godwit.log")).Status));
        Assert.Equal("False", (await lab.GetAsync("/api/v1/session")).Json("readLogs"));

        (string, string) cookie = ("Cookie", (await lab.SignInAsync("ann", "right horse")).Cookie);
        Assert.Equal((200, 200), ((await lab.GetAsync("/logs", cookie)).Status, (await lab.GetAsync("/getFile?file=godwit.log", cookie)).Status));
    }

    [Fact]
    public async Task What_waits_for_a_program_or_a_receiver_is_for_operators()
    {
        await using PortLab lab = await LabAsync();
        File.WriteAllText(Path.Combine(lab.Folder, "hook.json-2026-03-04-0000.csv"), "type,rcpt\n");
        File.WriteAllText(Path.Combine(lab.Folder, "pipe-2026-03-04-0000.csv"), "type,rcpt\n");
        lab.Change(settings => settings with
        {
            AccountingFiles =
            [
                .. settings.AccountingFiles,
                new AccountingFileSettings { Path = Path.Combine(lab.Folder, "hook.json"), WebhookUrl = new Uri("https://collector.example/") },
                new AccountingFileSettings { Path = Path.Combine(lab.Folder, "pipe.csv"), Command = "/bin/collect" },
            ],
        });
        string[] waiting = ["hook.json-2026-03-04-0000.csv", "pipe-2026-03-04-0000.csv"];

        foreach (AccessLevel level in (AccessLevel[])[AccessLevel.Monitor, AccessLevel.Operator])
        {
            lab.Allow(level);
            string list = (await lab.GetAsync("/logs")).Body;
            Assert.Contains("acct-2026-03-04-0000.csv", list, StringComparison.Ordinal);
            foreach (string name in waiting)
            {
                Assert.Equal(level == AccessLevel.Operator, list.Contains(name, StringComparison.Ordinal));
                Assert.Equal(level == AccessLevel.Operator ? 200 : 404, (await lab.GetAsync("/getFile?file=" + name)).Status);
            }
        }
    }

    private static async Task<PortLab> LabAsync()
    {
        PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);
        File.WriteAllText(Path.Combine(lab.Folder, "godwit.log"), "0123456789");
        File.WriteAllText(Path.Combine(lab.Folder, "godwit.log.1"), "old");
        File.WriteAllText(Path.Combine(lab.Folder, "acct-2026-03-04-0000.csv"), "type,timeLogged\n");
        lab.Change(settings => settings with
        {
            LogFile = Path.Combine(lab.Folder, "godwit.log"),
            AccountingFiles = [new AccountingFileSettings { Path = Path.Combine(lab.Folder, "acct.csv") }],
        });
        return lab;
    }
}
