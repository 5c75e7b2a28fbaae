// Scripts that people have: they call pmta and cut its output with awk, grep, cut, sed, perl or python, the way known plugins for Zabbix, Scout, Munin
// and the like do. Here pmta is a script that prints what the operator's verbs print of one fixed server.

using System.Runtime.Versioning;
using Godwit.Control;
using Godwit.Tests.Support;

namespace Godwit.Tests.Control;

[SupportedOSPlatform("linux")]
public sealed class ScriptsOfOthersTests : IAsyncLifetime
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    /// <summary>What the scripts ask for, as they type it.</summary>
    private static readonly string[] _asked =
    [
        "show status", "--dom show status", "--xml show status", "--json show status", "show vmtas", "--xml show vmtas", "--dom show vmtas",
        "show topqueues", "--dom show topqueues --errors", "--json show topqueues", "show topqueues --errors", "show dom", "--xml show domains", "show jobs",
        "show queue", "show ver", "show license", "--dom resolve big.example",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-scripts-").FullName;

    public async ValueTask InitializeAsync()
    {
        var cases = new List<string>();
        foreach ((int number, string line) in _asked.Index())
        {
            string[] words = line.Split(' ');
            string format = words[0].StartsWith("--", StringComparison.Ordinal) ? words[0][2..] : "text";
            string command = format == "text" ? line : string.Join(' ', words.Skip(1));
            Assert.True(OperatorCommand.TryParse(command, out OperatorCommand parsed, out MessageReport usage), usage.Message);
            Assert.True(ReportFormats.TryParse(format, ReportFormat.Text, out ReportFormat written));
            parsed.MaySeeAddresses = true;
            OperatorReport report = await GoldenServer.Make().Operator.RunAsync(parsed, TestContext.Current.CancellationToken);
            string file = Path.Combine(_folder, $"{number}.out");
            await File.WriteAllBytesAsync(file, report.Write(written), TestContext.Current.CancellationToken);
            cases.Add($"'{line}') cat {file};;");
        }

        string pmta = Path.Combine(_folder, "pmta");
        await File.WriteAllTextAsync(
            pmta, $"#!/bin/sh\ncase \"$*\" in\n{string.Join('\n', cases)}\n*) echo \"not asked here: $*\" >&2; exit 2;;\nesac\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(pmta, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("names and recipients of virtual MTAs", "pmta show vmtas | tail -n +3 | head -n -2 | awk '{print $1 \"=\" $3}'", "v1=4\nv2=1\n{default}=0")]
    [InlineData("one virtual MTA", "pmta show vmtas | grep v1 | awk '{print $3}'", "4")]
    [InlineData("the footer", "pmta show vmtas | tail -n 1 | cut -d' ' -f3", "3")]
    [InlineData("how many queues match", "pmta show queue | tail -n 1 | awk '{print $1, $3}'", "4 4")]
    [InlineData("queues with a backlog", "pmta show topqueues | awk '$1 ~ /\\// && $2 > 1 {print $1, $2}'", "big.example/v1 2")]
    [InlineData("domains", "pmta show dom | sed '1d;$d' | awk '{print $1 \":\" $2}'", "big.example:3\nheld.example:1\nsmall.example:1")]
    [InlineData("jobs", "pmta show jobs | awk '$1 == \"campaign-7\" {print $2}'", "3")]
    [InlineData("totals of traffic", "pmta show status | awk '/^Total/ && NF == 7 {print $2, $5}'", "1234567 900000")]
    [InlineData("connections", "pmta show status | awk '$1 == \"Inbound\" {print $2, $3, $4} $1 == \"Outbound\" {print $2}'", "1 2 200\n1")]
    [InlineData("queued", "pmta show status | awk '/^SMTP.other/ {print $2, $3, $4}'", "5 4 5.0")]
    [InlineData("up", "pmta show status | grep -c '^Status  *running'", "1")]
    [InlineData("the version", "pmta show ver | sed 's/.* v\\([0-9.]*\\) .*/\\1/'", "1.2.3")]
    [InlineData("the licence", "pmta show license | awk -F': ' '/expires/ {print $2}'", "never")]
    [InlineData("an event", "pmta show topqueues --errors | grep -c ' | .* | .* | .* | .* | .* | smtp;'", "3")]
    public Task Text_is_cut_by_columns(string what, string script, string expected) => PrintsAsync(what, script, expected);

    [Theory]
    [InlineData(
        "split at the sign, quotes cut off",
        "pmta --dom show status | awk -F= '$1 == \"status.queue.smtp.rcp\" {print substr($2, 2, length($2) - 2)}'",
        "5")]
    [InlineData("by cut and tr", "pmta --dom show status | grep '^status.conn.smtpOut.cur=' | cut -d= -f2 | tr -d '\"'", "1")]
    [InlineData("every value is in quotes", "pmta --dom show status | grep -vc '^[A-Za-z0-9.]*\\(\\[[0-9]*\\][A-Za-z0-9.]*\\)*=\".*\"$'", "0")]
    [InlineData("one decimal", "pmta --dom show status | sed -n 's/^status.traffic.total.out.kb=\"\\(.*\\)\"/\\1/p'", "1.5")]
    [InlineData(
        "a field of a numbered queue",
        "pmta --dom show topqueues --errors | sed -n 's/^queue\\[\\([0-9]*\\)\\]\\.name=\"\\(.*\\)\"$/\\1 \\2/p' | head -n 1",
        "0 big.example/v1")]
    [InlineData(
        "a field of a field",
        "pmta --dom show topqueues --errors | perl -ne 'print \"$1.$2.$3=$4\\n\" if /^queue\\[(\\d+)\\]\\.(\\w+)\\[\\d+\\]"
            + "\\.(\\w+)=\"(.*)\"$/' | head -n 3 | tail -n 1",
        "0.event.text=connect rate limit reached")]
    [InlineData("totals", "pmta --dom show topqueues --errors | grep ^total | tr -d '\"'", "totalRcp=5\ntotalQueuesWithRcp=4")]
    [InlineData("virtual MTAs", "pmta --dom show vmtas | perl -ne 'print \"$1 \" if /^vmta\\[\\d+\\]\\.rcp=\"(\\d+)\"/'", "4 1 0 ")]
    [InlineData("hosts", "pmta --dom resolve big.example | grep -c '^host\\[[0-9]*\\].ip\\['", "3")]
    public Task Dom_is_split_into_paths_and_values(string what, string script, string expected) => PrintsAsync(what, script, expected);

    [Theory]
    [InlineData(
        "scout and munin",
        "d = dict(l.rstrip('\\n').split('=', 1) for l in sys.stdin)\nprint(d['status.queue.smtp.rcp'][1:-1], d['status.status'][1:-1])",
        "--dom show status",
        "5 running")]
    [InlineData(
        "names and recipients of virtual MTAs",
        "r = ET.parse(sys.stdin).getroot()\nprint([(v.find('name').text, int(v.find('rcp').text)) for v in r.findall('.//vmta')])",
        "--xml show vmtas",
        "[('v1', 4), ('v2', 1), ('{default}', 0)]")]
    [InlineData(
        "domains below data",
        "r = ET.parse(sys.stdin).getroot()\nprint(r.tag, sum(int(d.find('rcp').text) for d in r.find('data').findall('domain')), r.find('succ') is not None)",
        "--xml show domains",
        "rsp 5 True")]
    [InlineData(
        "a flag and a size in xml",
        "r = ET.parse(sys.stdin).getroot()\nprint(r.findtext('data/status/shuttingDown'), r.findtext('data/status/traffic/total/out/kb'))",
        "--xml show status",
        "0 1.5")]
    [InlineData(
        "json by path",
        "d = json.load(sys.stdin)\nprint(d['status'], d['data']['status']['traffic']['total']['in']['rcp'] + 1, d['data']['status']['shuttingDown'])",
        "--json show status",
        "success 1234568 False")]
    [InlineData(
        "queues in json",
        "d = json.load(sys.stdin)['data']\nprint([(q['name'], q['rcp']) for q in d['queue']][0], d['totalRcp'])",
        "--json show topqueues",
        "('big.example/v1', 2) 5")]
    public async Task Python_reads_the_machine_formats(string what, string program, string command, string expected)
    {
        Tool.Need("python3");
        string file = Path.Combine(_folder, "reader.py");
        await File.WriteAllTextAsync(file, "import json, sys\nimport xml.etree.ElementTree as ET\n" + program + "\n", TestContext.Current.CancellationToken);
        await PrintsAsync(what, $"pmta {command} | python3 {file}", expected);
    }

    private async Task PrintsAsync(string what, string script, string expected)
    {
        Tool.Need("awk", "perl", "sed");
        string file = Path.Combine(_folder, "script.sh");
        await File.WriteAllTextAsync(file, $"PATH={_folder}:$PATH\n{script}\n", TestContext.Current.CancellationToken);

        ToolResult result = await Tool.RunAsync("sh", [file], _limit);

        Assert.Equal($"{what}: {expected.TrimEnd('\n')}", $"{what}: {result.Output.TrimEnd('\n')}");
    }
}
