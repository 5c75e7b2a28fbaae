using System.Net.Security;
using System.Text.Json;
using Godwit.Export;
using Godwit.Settings;
using Godwit.Tests.Accounting;
using Godwit.Tests.Support;

namespace Godwit.Tests.Export;

public sealed class HookExportTests : IAsyncDisposable
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    private readonly ExportBench _bench = new();
    private HookReceiver _receiver = new();

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_batch_is_posted_when_its_first_record_has_waited_long_enough()
    {
        await _bench.StartAsync(_bench.Hook(_receiver.Url));
        await _bench.WriteAsync(1, 3);
        await ArrivedAsync(1);

        HookRequest request = Assert.Single(_receiver.Requests);
        Assert.Equal("POST /records?from=test HTTP/1.1", request.Line);
        Assert.Equal("text/csv; charset=utf-8; header=present", request.Fields["Content-Type"]);
        Assert.Equal("type,rcpt,dsnDiag\r\nd,user1@example.com,\"smtp;250 \"\"ok\"\", taken\"\r\n", request.Text[..request.Text.IndexOf("d,user2", StringComparison.Ordinal)]);
        Assert.Equal(Numbers(1, 3), ExportBench.Recipients(request.Text));
        Assert.InRange((_bench.Time.GetUtcNow() - new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero)).TotalMinutes, 5, 7);
    }

    [Fact]
    public async Task A_full_batch_does_not_wait()
    {
        await _bench.StartAsync(_bench.Hook(_receiver.Url) with { MaxSize = 50 * 1024 });
        await _bench.WriteAsync(1, 4000);
        await Eventually.TrueAsync(() => _receiver.Requests.Count >= 3, TimeSpan.FromSeconds(30));

        Assert.All(_receiver.Requests, request => Assert.InRange(request.Body.Length, 49 * 1024, 50 * 1024));
        Assert.Equal(3, _receiver.Requests.Select(request => request.Batch).Distinct(StringComparer.Ordinal).Count());
        await ArrivedAsync(4);
        Assert.Equal(Numbers(1, 4000), All());
    }

    [Fact]
    public async Task A_receiver_that_answers_500_for_an_hour_gets_everything_once_and_in_order()
    {
        DateTimeOffset over = _bench.Time.GetUtcNow().AddHours(1);
        var taken = new List<HookRequest>();
        _receiver.Answer = request =>
        {
            if (_bench.Time.GetUtcNow() < over)
            {
                return _receiver.Requests.Count % 2 == 0 ? 500 : 404;
            }

            taken.Add(request);
            return 204;
        };
        await _bench.StartAsync(_bench.Hook(_receiver.Url));
        for (int i = 0; i < 12; i++)
        {
            await _bench.WriteAsync(i * 100, 100);
            Assert.Null(_bench.Log.Trouble);
            DateTimeOffset until = _bench.Time.GetUtcNow().AddMinutes(5);
            await _bench.StepUntilAsync(() => _bench.Time.GetUtcNow() >= until, _minute, "time passes");
        }

        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0 || taken.Count > 0, _minute, "the trouble is told");
        await _bench.StepUntilAsync(() => taken.Sum(request => ExportBench.Recipients(request.Text).Count) >= 1200, _minute, "all have arrived");
        Assert.Equal(Numbers(0, 1200), taken.SelectMany(request => ExportBench.Recipients(request.Text)));
        await Eventually.TrueAsync(() => _bench.Troubles.Count == 0, TimeSpan.FromSeconds(30));
        Assert.True(_receiver.Requests.Count > taken.Count, "nothing was refused");
    }

    [Fact]
    public async Task A_refusal_is_a_trouble_with_its_reason_and_the_time_it_began()
    {
        _receiver.Answer = _ => 403;
        await _bench.StartAsync(_bench.Hook(_receiver.Url));
        await _bench.WriteAsync(1, 100);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _minute, "the trouble is told");

        ExportTrouble trouble = Assert.Single(_bench.Troubles);
        Assert.Equal(Path.Combine(_bench.Staged, "hook.csv"), trouble.Name);
        Assert.StartsWith("the receiver answers 403 words; 4 KB wait", trouble.Text, StringComparison.Ordinal);
        string since = trouble.Since.ToString();
        int tries = _receiver.Requests.Count;
        await _bench.StepUntilAsync(() => _receiver.Requests.Count > tries + 2, _minute, "it is tried again");
        Assert.Equal(since, Assert.Single(_bench.Troubles).Since.ToString());
        Assert.Single(_receiver.Requests.Select(request => request.Batch).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_receiver_that_hangs_is_given_up_and_asked_again()
    {
        bool hangs = true;
        _receiver.Answer = _ => hangs ? null : 200;
        await _bench.StartAsync(_bench.Hook(_receiver.Url) with { WebhookIoTimeout = TimeSpan.FromSeconds(5) });
        await _bench.WriteAsync(1, 1);
        await _bench.StepUntilAsync(() => _receiver.Requests.Count == 1, _minute, "the first try");
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, TimeSpan.FromSeconds(1), "it is given up");
        Assert.StartsWith("no progress within 5 s", _bench.Troubles[0].Text, StringComparison.Ordinal);

        hangs = false;
        await _bench.StepUntilAsync(() => _bench.Troubles.Count == 0, TimeSpan.FromSeconds(1), "it is taken");
        Assert.Equal(Numbers(1, 1), ExportBench.Recipients(_receiver.Requests[^1].Text));
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_is_a_trouble()
    {
        await _bench.StartAsync(_bench.Hook($"http://127.0.0.1:{ScriptedSmtpServer.UnusedPort()}/"));
        await _bench.WriteAsync(1, 1);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _minute, "the trouble is told");
        Assert.StartsWith("Connection refused", _bench.Troubles[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = new HookReceiver();
        _receiver.Answer = _ => 307;
        _receiver.More = $"Location: {elsewhere.Url}\r\n";
        await _bench.StartAsync(_bench.Hook(_receiver.Url));
        await _bench.WriteAsync(1, 1);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _minute, "the trouble is told");
        Assert.Empty(elsewhere.Requests);
        Assert.StartsWith("the receiver answers 307", _bench.Troubles[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_crash_between_the_answer_and_the_note_the_same_batch_comes_again_under_its_name()
    {
        string copy = Path.Combine(_bench.Root, "crashed");
        _receiver.Answer = _ =>
        {
            // What is on disk when the receiver has the batch and nobody has noted it.
            Directory.CreateDirectory(copy);
            foreach (string file in Directory.GetFiles(_bench.Staged))
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
            }

            return 200;
        };
        AccountingFileSettings hook = _bench.Hook(_receiver.Url);
        await _bench.StartAsync(hook);
        await _bench.WriteAsync(1, 10);
        await ArrivedAsync(1);
        HookRequest first = _receiver.Requests[0];
        await _bench.StopAsync();

        _receiver.Answer = _ => 200;
        AccountingFileSettings again = hook with { Path = Path.Combine(copy, "hook.csv") };
        await _bench.StartAsync(again);
        await _bench.WriteAsync(11, 5);
        await ArrivedAsync(3);

        Assert.Equal(first.Batch, _receiver.Requests[1].Batch);
        Assert.Equal(first.Text, _receiver.Requests[1].Text);
        Assert.NotEqual(first.Batch, _receiver.Requests[2].Batch);
        Assert.Equal(Numbers(11, 5), ExportBench.Recipients(_receiver.Requests[2].Text));
    }

    [Fact]
    public async Task A_restart_goes_on_where_the_server_was_stopped_and_what_has_arrived_leaves_the_disk()
    {
        AccountingFileSettings hook = _bench.Hook(_receiver.Url);
        for (int i = 0; i < 4; i++)
        {
            await _bench.StartAsync(hook);
            await _bench.WriteAsync(i * 10, 10);
            await ArrivedAsync(i + 1);
            await _bench.StopAsync();
        }

        Assert.Equal(Numbers(0, 40), All());
        await _bench.StartAsync(hook);
        await _bench.WriteAsync(40, 1);
        await ArrivedAsync(5);
        await Eventually.TrueAsync(() => Directory.GetFiles(_bench.Staged, "*.csv").Length <= 1, TimeSpan.FromSeconds(30));
        Assert.Equal(Numbers(0, 41), All());
    }

    [Fact]
    public async Task A_reload_with_other_columns_loses_and_repeats_nothing()
    {
        _receiver.Answer = _ => 503;
        AccountingFileSettings hook = _bench.Hook(_receiver.Url);
        await _bench.StartAsync(hook);
        await _bench.WriteAsync(0, 10);
        await _bench.StepUntilAsync(() => _receiver.Requests.Count > 0, _minute, "the first try");
        await _bench.ReloadAsync(hook with { RecordFields = new Dictionary<string, IReadOnlyList<string>> { ["d"] = ["rcpt"], ["b"] = ["rcpt"] } });
        await _bench.WriteAsync(10, 10);
        var taken = new List<HookRequest>();
        _receiver.Answer = request =>
        {
            taken.Add(request);
            return 200;
        };
        await _bench.StepUntilAsync(() => taken.Count >= 2, _minute, "both batches");

        Assert.Equal(["type,rcpt,dsnDiag", "type,rcpt"], taken.Select(request => request.Text.Split("\r\n")[0]));
        Assert.Equal(Numbers(0, 20), taken.SelectMany(request => ExportBench.Recipients(request.Text)));
    }

    [Fact]
    public async Task Json_batches_are_arrays_of_objects_with_the_texts_of_the_columns()
    {
        await _bench.StartAsync(_bench.Hook(_receiver.Url, "hook.json") with { WebhookEncoding = "gzip" });
        await _bench.WriteAsync(1, 2, "smtp;250 \"quoted\", comma, <tag> & \u00e4\u20ac\\");
        await ArrivedAsync(1);

        HookRequest request = _receiver.Requests[0];
        Assert.Equal("application/json", request.Fields["Content-Type"]);
        Assert.Equal("gzip", request.Fields["Content-Encoding"]);
        JsonElement[] records = [.. JsonDocument.Parse(request.Text).RootElement.EnumerateArray()];
        Assert.Equal(["type", "rcpt", "dsnDiag"], records[0].EnumerateObject().Select(member => member.Name));
        Assert.Equal("smtp;250 \"quoted\", comma, <tag> & \u00e4\u20ac\\", records[0].GetProperty("dsnDiag").GetString());
        Assert.Equal(Numbers(1, 2), records.Select(record => record.GetProperty("rcpt").GetString()!));
    }

    [Fact]
    public async Task A_json_batch_stays_below_its_size_too()
    {
        await _bench.StartAsync(_bench.Hook(_receiver.Url, "hook.json") with { MaxSize = 50 * 1024 });
        await _bench.WriteAsync(1, 2000);
        await _bench.StepUntilAsync(
            () => _receiver.Requests.Sum(request => JsonDocument.Parse(request.Text).RootElement.GetArrayLength()) == 2000, _minute, "all have arrived");
        Assert.All(_receiver.Requests, request => Assert.InRange(request.Body.Length, 100, 50 * 1024));
    }

    [Fact]
    public async Task Extra_header_fields_come_from_their_file()
    {
        string fields = Path.Combine(_bench.Root, "fields");
        File.WriteAllText(fields, "# for the collector\n\nAuthorization: Bearer s3cret\r\nX-Team:  mail \n");
        await _bench.StartAsync(_bench.Hook(_receiver.Url) with { WebhookExtraHeaders = fields });
        await _bench.WriteAsync(1, 1);
        await ArrivedAsync(1);

        Assert.Equal("Bearer s3cret", _receiver.Requests[0].Fields["Authorization"]);
        Assert.Equal("mail", _receiver.Requests[0].Fields["X-Team"]);
    }

    [Theory]
    [InlineData("Authorization s3cret", "fields:1: a header field is expected")]
    [InlineData("# fine\nContent-Length: 5", "fields:2: Content-Length is set by the server")]
    [InlineData("X-A: s3cret\u0001", "fields:1: the value of X-A must be printable ASCII")]
    [InlineData("x-godwit-batch: s3cret", "fields:1: x-godwit-batch is set by the server")]
    public async Task A_bad_file_of_header_fields_refuses_the_configuration_and_shows_no_value(string text, string message)
    {
        string fields = Path.Combine(_bench.Root, "fields");
        File.WriteAllText(fields, text);
        ExportException refusal = await Assert.ThrowsAsync<ExportException>(
            () => _bench.StartAsync(_bench.Hook(_receiver.Url) with { WebhookExtraHeaders = fields }));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_behind_tls_must_prove_its_name_and_sees_our_certificate()
    {
        var authority = new TestAuthority();
        TestCertificate host = authority.Issue("localhost");
        string ca = Path.Combine(_bench.Root, "ca.pem");
        string own = Path.Combine(_bench.Root, "own.pem");
        File.WriteAllText(ca, authority.Pem);
        File.WriteAllText(own, authority.Issue("mta.test").Pem);
        await using var secured = new HookReceiver(Tls(host));

        await _bench.StartAsync(
            _bench.Hook(secured.Url) with { WebhookCaFile = ca, WebhookCertificate = own },
            _bench.Hook(secured.Url, "unknown.csv") with { WebhookCertificate = own },
            _bench.Hook(secured.Url.Replace("localhost", "127.0.0.1", StringComparison.Ordinal), "name.csv") with { WebhookCaFile = ca, WebhookCertificate = own });
        await _bench.WriteAsync(1, 1);
        await _bench.StepUntilAsync(() => secured.Requests.Count > 0 && _bench.Troubles.Count == 2, _minute, "one arrives, two are refused");

        Assert.Equal("CN=mta.test", Assert.Single(secured.Requests).Client);
        Assert.Equal(["name.csv", "unknown.csv"], _bench.Troubles.Select(trouble => Path.GetFileName(trouble.Name)).Order());
        Assert.All(_bench.Troubles, trouble => Assert.Contains("certificate", trouble.Text, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_disk_that_takes_no_staged_record_is_accounting_s_usual_trouble()
    {
        var volume = new MemoryVolume(_bench.Staged);
        await using var log = new Godwit.Accounting.AccountingLog(
            [_bench.Hook(_receiver.Url)], (_, _) => volume, new Godwit.Foundation.ServerClock(_bench.Time), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        volume.FailWrites = true;
        Task<bool> refused = log.TryWriteAsync([Records.Full(Godwit.Accounting.AccountingType.Delivered)]).AsTask();
        Assert.False(await refused);
        Assert.NotNull(log.Trouble);
    }

    [Fact]
    public async Task Python_reads_what_is_posted()
    {
        const string Odd = "smtp;250 \"a\", b\\ \u00e4 \u2713 <x>";
        AccountingFileSettings csv = _bench.Hook(_receiver.Url);
        await _bench.StartAsync(csv, _bench.Hook(_receiver.Url, "hook.json"));
        await _bench.WriteAsync(1, 50, Odd);
        await ArrivedAsync(2);

        const string Program = """
            import csv, json, sys
            kind, path, odd = sys.argv[1:]
            text = open(path, encoding="utf-8", newline="")
            rows = list(csv.DictReader(text)) if kind == "csv" else json.load(text)
            assert len(rows) == 50, len(rows)
            assert [r["rcpt"] for r in rows] == [f"user{i}@example.com" for i in range(1, 51)]
            assert all(list(r) == ["type", "rcpt", "dsnDiag"] and r["dsnDiag"] == odd for r in rows), rows[0]
            print("fine")
            """;
        foreach (HookRequest request in _receiver.Requests)
        {
            string kind = request.Fields["Content-Type"].StartsWith("text/csv", StringComparison.Ordinal) ? "csv" : "json";
            string path = Path.Combine(_bench.Root, "posted." + kind);
            File.WriteAllBytes(path, request.Body);
            ToolResult python = await Tool.RunAsync("python3", ["-c", Program, kind, path, Odd], TimeSpan.FromSeconds(60));
            Assert.Equal("fine", python.Output.Trim());
        }
    }

    private static SslServerAuthenticationOptions Tls(TestCertificate host) => new()
    {
        ServerCertificate = host.WithKey(),
        ClientCertificateRequired = true,
#pragma warning disable CA5359 // Whom it speaks to is not what is tried here.
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
    };

    private static IEnumerable<string> Numbers(int first, int count) => Enumerable.Range(first, count).Select(ExportBench.Recipient);

    private IEnumerable<string> All() => _receiver.Requests.SelectMany(request => ExportBench.Recipients(request.Text));

    private Task ArrivedAsync(int requests) => _bench.StepUntilAsync(() => _receiver.Requests.Count >= requests, _minute, $"{requests} requests");
}
