using Godwit.Tests.Support;

namespace Godwit.Tests.Api;

/// <summary>The examples of docs/api.md, each run as it stands there against a server that has the mail they speak of.</summary>
public sealed class ApiExampleTests
{
    private const string Key = "An_example_key_of_32_letters_0001";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>Members that have no value at times.</summary>
    private static readonly string[] _mayBeNull = ["\"body\": null", "\"since\": null"];

    public static TheoryData<string> Examples => [.. Read()];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_of_the_documentation_works(string script)
    {
        Tool.Need("bash", "curl", "jq");
        int port = Tool.FreePort();
        await using ScriptedSmtpServer host = new(static answers => answers.Always("RCPT", "450 4.2.1 not now"));
        await using RunningServer server = await RunningServer.StartAsync($"""
            http-mgmt-port {port}
            http-api-key {Key}
            <virtual-mta vmta1>
              smtp-source-host 127.0.0.1 mx.test
            </virtual-mta>
            <virtual-mta vmta2>
              smtp-source-host 127.0.0.1 mx.test
            </virtual-mta>
            <domain *>
              smtp-hosts [127.0.0.1]:{host.Port}
              retry-after 1h
            </domain>

            """);
        foreach (string job in (string[])["june", "july"])
        {
            await server.SendAsync("news@sender.test", [$"{job}@bigmail.example"], $"X-Virtual-MTA: vmta1\r\nX-Job: {job}\r\nSubject: x\r\n\r\nx\r\n");
        }

        await server.RecordAsync("t", "june@bigmail.example");
        bool isEndless = script.Contains("/stream?", StringComparison.Ordinal);
        await using RunningTool shell = RunningTool.Start(Tool.Find("bash")!, ["-c", Prepared(isEndless ? "exec " + script : script, port, server.Root)]);
        if (isEndless)
        {
            await Eventually.TrueAsync(() => shell.Output.Contains("event: sample", StringComparison.Ordinal), _limit, () => shell.Output);
            return;
        }

        int code = await shell.WaitForExitAsync(_limit);
        if (script.Contains("history=", StringComparison.Ordinal))
        {
            Assert.True(code == 1 && shell.Output.Trim() == "null", $"{code}: nothing is kept in a server's first minute: {shell.Output}");
            return;
        }

        Assert.True(code == 0, $"{code}: {shell.Output}");
        Assert.NotEqual("", shell.Output.Trim());
        Assert.Empty(shell.Output.Split('\n').Where(static line => line.Contains("null", StringComparison.Ordinal) && !_mayBeNull.Any(line.Contains)));
    }

    [Fact]
    public void There_are_examples() => Assert.InRange(Read().Count, 9, 100);

    /// <summary>What the shell has to say to begin with: an answer that is an error, and a name that is not in the answer, fail.</summary>
    private static string Prepared(string script, int port, string folder) => $$"""
        set -euo pipefail
        cd '{{folder}}'
        export KEY='{{Key}}' GODWIT=http://127.0.0.1:{{port}}
        curl() { command curl --fail-with-body --show-error --noproxy '*' "$@"; }
        jq() { command jq -e "$@"; }
        {{script.Replace("http://127.0.0.1:8080", $"http://127.0.0.1:{port}", StringComparison.Ordinal)}}
        """;

    /// <summary>The text between the fences, where it is for a shell.</summary>
    private static List<string> Read() =>
    [
        .. File.ReadAllText(Checkout.Path("docs", "api.md")).Split("```").Where(static (_, index) => index % 2 == 1)
            .Select(static text => text.Trim()).Where(static text => text.Contains("curl ", StringComparison.Ordinal)),
    ];
}
