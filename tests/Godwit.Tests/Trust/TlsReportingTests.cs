using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Accounting;
using Godwit.Tests.Support;
using Godwit.Tls;
using Godwit.Trust;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Trust;

/// <summary>Sessions of a day become a report at the domain that asked for it (RFC 8460).</summary>
public sealed class TlsReportingTests : IAsyncLifetime
{
    private const int Limit = 60_000;
    private const string Domain = "example.org";

    private static readonly ReportedPolicy _sts = new(
        TlsPolicyKind.Sts, DomainName.Parse(Domain), ["version: STSv1", "mode: testing", "mx: *.example.org", "max_age: 86400"], ["*.example.org"]);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero));
    private readonly ScriptedDnsServer _dns = new();
    private readonly HttpsHost _web = new();
    private readonly MemoryVolume _state = new("/state");
    private readonly List<(string From, string To, string Text, string EnvelopeId)> _submitted = [];
    private readonly CurrentSettings _settings;
    private readonly ServerClock _clock;
    private readonly DnsResolver _resolver;
    private readonly HttpsDoor _door;
    private SmtpReply _doorSays = new(250, "2.6.0 taken");
    private TlsReportCounts _counts;
    private TlsReporting _reporting;

    public TlsReportingTests()
    {
        _clock = new ServerClock(_time);
        _resolver = new DnsResolver(() => [_dns.EndPoint], _clock);
        _web.Certificate = name => ForgedCertificate.Host(TrustLab.Root, name);
        _door = new HttpsDoor(_resolver, _clock, new HttpsSeams(_web.ConnectAsync, new(TrustLab.Root.Certificate)));
        _settings = new CurrentSettings(TestSettings.Server() with
        {
            TlsReportFrom = EmailAddress.Parse("tls@sender.example"), TlsReportOrganization = "Sender Ltd", TlsReportContact = "postmaster@sender.example",
        });
        (_counts, _reporting) = New();
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _door.Dispose();
        await _resolver.DisposeAsync();
        await _dns.DisposeAsync();
        await _web.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task A_disk_that_is_stuck_holds_up_no_session_that_is_counted_and_no_report()
    {
        using var disk = new StuckVolume(_state);
        var counts = new TlsReportCounts(_clock, () => true);
        var reporting = new TlsReporting(
            counts, _resolver, _door, (_, _, _, _) => new(_doorSays), new StateFile(disk, "tls-report-counts", NullLogger.Instance), _settings, _clock, new Random(1),
            NullLogger.Instance);
        counts.Note(new TlsSession(DomainName.Parse(Domain), _sts, null));
        Task saving = Task.Run(() => reporting.Save(now: true), TestContext.Current.CancellationToken);
        await disk.Writing;

        Task counted = Task.Run(() => counts.Note(new TlsSession(DomainName.Parse("example.net"), _sts, null)), TestContext.Current.CancellationToken);
        Task sent = Task.Run(() => reporting.Sending, TestContext.Current.CancellationToken);
        Task both = Task.WhenAll(counted, sent);
        bool goesOn = await Task.WhenAny(both, Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken)) == both;
        disk.LetGo();

        Assert.True(goesOn, "somebody waits for the disk");
        await saving;
    }

    [Fact(Timeout = Limit)]
    public async Task A_days_sessions_are_mailed_to_the_domain_after_its_end()
    {
        _dns.Zone(Domain).Txt("_smtp._tls", "v=TLSRPTv1; rua=mailto:reports@example.org");
        Note(3, null);
        Note(2, TlsResultType.CertificateExpired);

        await BeatAsync();
        Assert.Empty(_submitted);
        await PassDayAsync();

        (string from, string to, string text, string envelopeId) = Assert.Single(_submitted);
        Assert.Equal(("tls@sender.example", "reports@example.org"), (from, to));
        Assert.StartsWith(TlsReportMessage.EnvelopeMark, envelopeId, StringComparison.Ordinal);
        Assert.Contains("\r\nTLS-Report-Domain: example.org\r\nTLS-Report-Submitter: sender.example\r\nTLS-Required: No\r\n", text, StringComparison.Ordinal);
        Assert.Contains("filename=\"sender.example!example.org!1772323200!1772409599!", text, StringComparison.Ordinal);
        MimeKit.MimeMessage message = MimeKit.MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(text)), TestContext.Current.CancellationToken);
        Assert.Equal("report tlsrpt", $"{message.Body!.ContentType.MediaSubtype} {message.Body.ContentType.Parameters["report-type"]}");
        MimeKit.MimePart part = message.BodyParts.OfType<MimeKit.MimePart>().Single(each => each.ContentType.MimeType == "application/tlsrpt+gzip");
        var body = new MemoryStream();
        await part.Content!.DecodeToAsync(body, TestContext.Current.CancellationToken);
        Check(Unzip(body.ToArray()));
    }

    [Fact(Timeout = Limit)]
    public async Task A_report_is_posted_where_the_domain_wants_that_and_tried_again_until_it_is_taken()
    {
        _dns.Zone(Domain).Txt("_smtp._tls", "v=TLSRPTv1; rua=https://reports.example.org/tls");
        _web.Answer = _ => HttpsHost.Reply(503);
        Note(3, null);
        Note(2, TlsResultType.CertificateExpired);

        await PassDayAsync();
        Assert.Single(_web.Requests);
        _web.Answer = _ => HttpsHost.Reply(201);
        _time.Advance(TlsReporting.RetryAfter);
        await BeatAsync();
        _time.Advance(TlsReporting.RetryAfter);
        await BeatAsync();

        Assert.Equal(2, _web.Requests.Count);
        HttpsRequest request = _web.Requests[1];
        Assert.Equal("POST /tls HTTP/1.1", request.Line);
        Assert.Contains("Content-Type: application/tlsrpt+gzip\r\n", request.Headers, StringComparison.OrdinalIgnoreCase);
        Check(Unzip(request.Body));
    }

    [Fact(Timeout = Limit)]
    public async Task A_report_that_nobody_takes_is_given_up_after_a_day()
    {
        _dns.Zone(Domain).Txt("_smtp._tls", "v=TLSRPTv1; rua=https://reports.example.org/tls");
        _web.Answer = _ => HttpsHost.Reply(500);
        Note(1, null);
        await PassDayAsync();

        for (int i = 0; i < 100; i++)
        {
            _time.Advance(TlsReporting.RetryAfter);
            await BeatAsync();
        }

        Assert.InRange(_web.Requests.Count, 30, 48);
    }

    [Fact(Timeout = Limit)]
    public async Task A_place_that_never_answers_keeps_neither_the_end_of_a_day_nor_the_state_file_waiting()
    {
        var gate = new TaskCompletionSource();
        _web.Gate = gate.Task;
        _web.Answer = _ => HttpsHost.Reply(200);
        _dns.Zone(Domain).Txt("_smtp._tls", "v=TLSRPTv1; rua=https://reports.example.org/tls");
        Note(1, null);
        _time.Advance(TimeSpan.FromHours(16));
        _reporting.Beat(TestContext.Current.CancellationToken);
        _time.Advance(TlsReporting.Spread);
        _reporting.Beat(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _web.Requests.Count == 1, TimeSpan.FromSeconds(20));

        // The file is written every five minutes; the request is over after one.
        _reporting.Beat(TestContext.Current.CancellationToken);
        _counts.Note(new TlsSession(DomainName.Parse("other.example"), _sts, null));
        _reporting.Save(now: true);

        string[] kept = [.. new StateFile(_state, "tls-report-counts", NullLogger.Instance).Read().Select(line => TlsReportJson.Read(line)!.Domain.Text).Order()];
        Assert.Equal([Domain, "other.example"], kept);
        gate.SetResult();
        await _reporting.Sending;
        Assert.Single(_web.Requests);
    }

    [Fact(Timeout = Limit)]
    public async Task Only_the_place_that_failed_is_tried_again()
    {
        _dns.Zone(Domain).Txt("_smtp._tls", "v=TLSRPTv1; rua=mailto:reports@example.org,https://reports.example.org/tls");
        _web.IsDown = true;
        Note(1, null);
        await PassDayAsync();
        _web.IsDown = false;
        _web.Answer = _ => HttpsHost.Reply(200);
        _time.Advance(TlsReporting.RetryAfter);
        await BeatAsync();

        Assert.Single(_submitted);
        Assert.Single(_web.Requests);
    }

    [Fact(Timeout = Limit)]
    public async Task A_door_that_is_shut_for_the_moment_is_knocked_at_again()
    {
        _dns.Zone(Domain).Txt("_smtp._tls", "v=TLSRPTv1; rua=mailto:reports@example.org");
        _doorSays = new SmtpReply(452, "4.3.1 disk full");
        Note(1, null);
        await PassDayAsync();
        _doorSays = new SmtpReply(250, "2.6.0 taken");
        _time.Advance(TlsReporting.RetryAfter);
        await BeatAsync();
        _time.Advance(TlsReporting.RetryAfter);
        await BeatAsync();

        Assert.Equal(2, _submitted.Count);
        Assert.Equal(_submitted[0].EnvelopeId, _submitted[1].EnvelopeId);
    }

    [Fact(Timeout = Limit)]
    public async Task Nobody_is_bothered_who_has_not_asked()
    {
        Note(1, null);

        await PassDayAsync();

        Assert.Empty(_submitted);
        Assert.Equal(1, _dns.CountOf("_smtp._tls." + Domain, DnsType.TXT));
        _time.Advance(TlsReporting.RetryAfter);
        await BeatAsync();
        Assert.Equal(1, _dns.CountOf("_smtp._tls." + Domain, DnsType.TXT));
    }

    [Fact(Timeout = Limit)]
    public async Task Counts_outlive_a_restart_in_the_middle_of_the_day_and_behind_its_end()
    {
        _dns.Zone(Domain).Txt("_smtp._tls", "v=TLSRPTv1; rua=https://reports.example.org/tls");
        _web.Answer = _ => HttpsHost.Reply(200);
        Note(3, null);
        Note(1, TlsResultType.CertificateExpired);
        await StopAsync();

        (_counts, _reporting) = New();
        await StartAsync();
        Note(1, TlsResultType.CertificateExpired);
        await StopAsync();
        _time.Advance(TimeSpan.FromHours(17));
        (_counts, _reporting) = New();
        await StartAsync();
        _time.Advance(TlsReporting.Spread);
        await BeatAsync();

        Check(Unzip(Assert.Single(_web.Requests).Body));
    }

    [Fact]
    public void Nothing_is_counted_while_no_reports_are_sent()
    {
        _settings.Replace(TestSettings.Server());
        Note(1, null);
        _settings.Replace(TestSettings.Server() with { TlsReportFrom = EmailAddress.Parse("tls@sender.example") });
        _time.Advance(TimeSpan.FromDays(1));

        Assert.Empty(_counts.TakeEnded());
    }

    [Fact]
    public void Failures_of_many_kinds_are_bounded_and_the_sum_is_right_also_on_disk()
    {
        for (int i = 0; i < 1000; i++)
        {
            _counts.Note(new TlsSession(DomainName.Parse(Domain), _sts, TlsResultType.ValidationFailure) { Detail = $"{i}" + new string('x', 1000) });
        }

        for (int i = 0; i < 100; i++)
        {
            _counts.Note(new TlsSession(DomainName.Parse(Domain), _sts with { Lines = [$"{i}"] }, null));
        }

        _time.Advance(TimeSpan.FromDays(1));
        DomainDay day = Assert.Single(_counts.TakeEnded());
        DomainDay again = TlsReportJson.Read(TlsReportJson.ToLine(day))!;

        Assert.Equal((1000, PolicyTally.MaxDetails, DomainDay.MaxPolicies), (again.Policies[0].Failures, again.Policies[0].Details.Count, again.Policies.Count));
        Assert.Equal(TlsReportJson.ToLine(day), TlsReportJson.ToLine(again));
    }

    [Fact]
    public void A_line_that_is_not_ours_is_passed_over()
    {
        var day = new DomainDay(DomainName.Parse(Domain), new DateOnly(2026, 3, 1));
        day.For(_sts)!.Succeed();
        string line = TlsReportJson.ToLine(day);
        var random = new Random(5);
        for (int i = 0; i < 2000; i++)
        {
            char[] broken = line.ToCharArray();
            broken[random.Next(broken.Length)] = (char)random.Next(32, 127);
            string text = new(broken, 0, random.Next(broken.Length));

            Assert.Null(TlsReportJson.Read(text));
        }
    }

    private static void Check(string json)
    {
        using var report = JsonDocument.Parse(json);
        JsonElement root = report.RootElement;
        Assert.Equal("Sender Ltd", root.GetProperty("organization-name").GetString());
        Assert.Equal("postmaster@sender.example", root.GetProperty("contact-info").GetString());
        Assert.Equal("2026-03-01T00:00:00Z", root.GetProperty("date-range").GetProperty("start-datetime").GetString());
        Assert.Equal("2026-03-01T23:59:59Z", root.GetProperty("date-range").GetProperty("end-datetime").GetString());
        JsonElement policy = Assert.Single(root.GetProperty("policies").EnumerateArray());
        Assert.Equal("sts", policy.GetProperty("policy").GetProperty("policy-type").GetString());
        Assert.Equal(Domain, policy.GetProperty("policy").GetProperty("policy-domain").GetString());
        Assert.Equal("mode: testing", policy.GetProperty("policy").GetProperty("policy-string")[1].GetString());
        Assert.Equal("*.example.org", policy.GetProperty("policy").GetProperty("mx-host")[0].GetString());
        Assert.Equal(3, policy.GetProperty("summary").GetProperty("total-successful-session-count").GetInt64());
        Assert.Equal(2, policy.GetProperty("summary").GetProperty("total-failure-session-count").GetInt64());
        JsonElement failure = Assert.Single(policy.GetProperty("failure-details").EnumerateArray());
        Assert.Equal("certificate-expired", failure.GetProperty("result-type").GetString());
        Assert.Equal("192.0.2.9", failure.GetProperty("sending-mta-ip").GetString());
        Assert.Equal("mx.example.org", failure.GetProperty("receiving-mx-hostname").GetString());
        Assert.Equal("192.0.2.1", failure.GetProperty("receiving-ip").GetString());
        Assert.Equal(2, failure.GetProperty("failed-session-count").GetInt64());
    }

    private static string Unzip(byte[] octets)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(octets), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    private (TlsReportCounts, TlsReporting) New()
    {
        var counts = new TlsReportCounts(_clock, () => _settings.Value.TlsReportFrom is not null);
        var file = new StateFile(_state, "tls-report-counts", NullLogger.Instance);
        return (counts, new TlsReporting(counts, _resolver, _door, Submit, file, _settings, _clock, new Random(4), NullLogger.Instance));
    }

    private void Note(int times, TlsResultType? failure)
    {
        for (int i = 0; i < times; i++)
        {
            _counts.Note(new TlsSession(DomainName.Parse(Domain), _sts, failure)
            {
                SendingAddress = IPAddress.Parse("192.0.2.9"), ReceivingHost = "mx.example.org", ReceivingAddress = IPAddress.Parse("192.0.2.1"),
            });
        }
    }

    /// <summary>And all that is sent by it.</summary>
    private Task BeatAsync()
    {
        _reporting.Beat(TestContext.Current.CancellationToken);
        return _reporting.Sending;
    }

    /// <summary>To the end of the day and over the hours in which reports are sent.</summary>
    private async Task PassDayAsync()
    {
        _time.Advance(TimeSpan.FromHours(16));
        await BeatAsync();
        _time.Advance(TlsReporting.Spread);
        await BeatAsync();
    }

    /// <summary>The loop is begun and ended: it reads the file first and writes it last.</summary>
    private async Task StartAsync()
    {
        _reporting.Restore();
        await BeatAsync();
    }

    private async Task StopAsync()
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await _reporting.RunAsync(stopped.Token);
    }

    private ValueTask<SmtpReply> Submit(EmailAddress from, EmailAddress to, byte[] octets, string envelopeId)
    {
        lock (_submitted)
        {
            _submitted.Add((from.Text, to.Text, Encoding.ASCII.GetString(octets), envelopeId));
        }

        return new(_doorSays);
    }
}
