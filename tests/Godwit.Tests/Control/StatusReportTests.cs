using System.Text;
using System.Text.Json;
using Godwit.Control;

namespace Godwit.Tests.Control;

public sealed class StatusReportTests
{
    private readonly TestServer _server = new();

    [Fact]
    public void The_json_tree_has_the_names_that_monitoring_scripts_read()
    {
        Deliver();

        using var json = JsonDocument.Parse(_server.Operator.ShowStatus().Write(ReportFormat.Json));

        Assert.Equal("success", json.RootElement.GetProperty("status").GetString());
        Assert.Equal("", json.RootElement.GetProperty("message").GetString());
        Assert.Equal("Godwit", At(json, "mta.product.name").GetString());
        Assert.Equal("mx1.sender.example", At(json, "mta.fullHostName").GetString());
        Assert.Equal(12, At(json, "status.traffic.total.in.rcp").GetInt32());
        Assert.Equal(10, At(json, "status.traffic.lastHr.in.msg").GetInt32());
        Assert.Equal(9, At(json, "status.traffic.lastMin.out.rcp").GetInt32());
        Assert.Equal(1.5, At(json, "status.traffic.topPerMin.out.kb").GetDouble());
        Assert.Equal(2, At(json, "status.traffic.total.deferred.rcp").GetInt32());
        Assert.Equal(1, At(json, "status.traffic.total.bounced.rcp").GetInt32());
        Assert.Equal(1, At(json, "status.conn.smtpIn.cur").GetInt32());
        Assert.Equal(2, At(json, "status.conn.smtpIn.top").GetInt32());
        Assert.Equal(100, At(json, "status.conn.smtpIn.max").GetInt32());
        Assert.Equal(7, At(json, "status.resolver.namesCached").GetInt32());
        Assert.Equal(50, At(json, "status.queue.smtp.rcp").GetInt32());
        Assert.Equal(7, At(json, "status.spool.files.total").GetInt32());
        Assert.False(At(json, "status.shuttingDown").GetBoolean());
        Assert.Equal("running", At(json, "status.status").GetString());
        Assert.Equal("/var/log/godwit/acct-2026-03-04-0000.csv", At(json, "status.accounting.files")[0].GetString());
        Assert.Equal(1, At(json, "status.config.version").GetInt32());
        Assert.Equal("2026-03-04 05:06:07", At(json, "status.config.loadTime").GetString());
        Assert.Equal("/etc/godwit/config", At(json, "status.config.file").GetString());
    }

    [Fact]
    public void Every_name_that_PowerMTA_has_is_there_in_its_order()
    {
        string dom = Encoding.UTF8.GetString(_server.Operator.ShowStatus().Write(ReportFormat.Dom).Span);

        IEnumerable<string> periods = ((string[])["total", "lastHr", "lastMin", "topPerHr", "topPerMin"])
            .SelectMany(period => ((string[])["out", "in"]).SelectMany(way =>
                ((string[])["rcp", "msg", "kb", "bounceProcessed", "feedbackLoopProcessed"]).Select(name => $"status.traffic.{period}.{way}.{name}")));
        string[] expected =
        [
            .. "mta.product.name mta.product.version mta.product.buildDate mta.product.revision mta.product.bits mta.lak.serial mta.lak.instances mta.os.name "
                .Split(' ', StringSplitOptions.RemoveEmptyEntries),
            .. "mta.os.version mta.os.build mta.cpu.type mta.cpu.count mta.ram.real mta.fullHostName mta.userString mta.hostId mta.webUI.protocol".Split(' '),
            .. "status.timeNow status.startupTime status.shuttingDown".Split(' '),
            .. periods,
            .. ((string[])["count", "mailFromTime", "dataTime", "totalTime"]).Select(name => $"status.traffic.perf.lastMin.in.{name}"),
            .. ((string[])["smtpIn", "smtpOut"]).SelectMany(way => ((string[])["cur", "max", "top"]).Select(name => $"status.conn.{way}.{name}")),
            .. ((string[])["namesCached", "queriesPending", "queriesActive"]).Select(name => $"status.resolver.{name}"),
            .. ((string[])["smtp", "pipe", "discard", "file", "alias", "bounceProcessor", "feedbackLoopProcessor"])
                .SelectMany(kind => ((string[])["rcp", "dom", "kb"]).Select(name => $"status.queue.{kind}.{name}")),
            .. ((string[])["initPct", "dirs", "totalRcp", "maxRcp", "files.inUse", "files.recycled", "files.total"]).Select(name => $"status.spool.{name}"),
            "status.status",
        ];
        Assert.Equal(expected, dom.Split('\n').Select(line => line.Split('=')[0]).Where(expected.Contains));
    }

    [Fact]
    public void The_text_lines_its_columns_up()
    {
        Deliver();
        _server.Time.Advance(new TimeSpan(2, 0, 20, 1));

        string text = ReportFormats.Text(_server.Operator.ShowStatus());

        Assert.StartsWith($"Godwit v1.2.3 status on mx1.sender.example on 2026-03-06 05:26:08\n", text, StringComparison.Ordinal);
        Assert.Contains("                 rcpts       msgs     kbytes       rcpts       msgs     kbytes\n", text, StringComparison.Ordinal);
        Assert.Contains("Total               12         10       20.0           9          9        1.5\n", text, StringComparison.Ordinal);
        Assert.Contains("Last Hour            0          0        0.0           0          0        0.0\n", text, StringComparison.Ordinal);
        Assert.Contains("Total                9          2          1\n", text, StringComparison.Ordinal);
        Assert.Contains("Uptime      2  0:20:01\n", text, StringComparison.Ordinal);
        Assert.EndsWith(
            "Accounting  /var/log/godwit/acct-2026-03-04-0000.csv\nConfig      version 1, loaded 2026-03-04 05:06:07, /etc/godwit/config\n",
            text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_takes_no_mail_says_why()
    {
        Assert.DoesNotContain("Not ready", ReportFormats.Text(_server.Operator.ShowStatus()), StringComparison.Ordinal);

        _server.NotReady = "accounting disk full: /acct.csv";

        Assert.Contains("Status      running\nNot ready   accounting disk full: /acct.csv\n", ReportFormats.Text(_server.Operator.ShowStatus()), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(_server.Operator.ShowStatus().Write(ReportFormat.Json));
        Assert.Equal("accounting disk full: /acct.csv", At(json, "status.notReady").GetString());
    }

    [Fact]
    public void A_server_that_stops_says_so()
    {
        _server.ShuttingDown = true;

        Assert.Contains("Status      stopping\n", ReportFormats.Text(_server.Operator.ShowStatus()), StringComparison.Ordinal);
    }

    private void Deliver()
    {
        _server.Traffic.In.Recipients.Add(12);
        _server.Traffic.In.Messages.Add(10);
        _server.Traffic.In.Bytes.Add(20 * 1024);
        _server.Traffic.Out.Recipients.Add(9);
        _server.Traffic.Out.Messages.Add(9);
        _server.Traffic.Out.Bytes.Add(1536);
        _server.Traffic.Deferred.Add(2);
        _server.Traffic.Bounced.Add();
        _server.Traffic.ConnectionsIn.Open();
        _server.Traffic.ConnectionsIn.Open();
        _server.Traffic.ConnectionsIn.Close();
        _server.AddQueue("bigmail.example/default", 50);
    }

    private static JsonElement At(JsonDocument json, string path) =>
        path.Split('.').Aggregate(json.RootElement.GetProperty("data"), (element, name) => element.GetProperty(name));
}
