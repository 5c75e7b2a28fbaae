// What an operator may ask and do, once: the command line, the console and the HTTP interface are three faces of this class.
// Owned by the server. Looking takes snapshots and never waits for mail; reloads are made one at a time, and every change is a line in the log.
// A failure is a report that says so; an exception here is a broken invariant and reaches the face that asked.

using System.Net;
using Godwit.Accounting;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Verification;
using Microsoft.Extensions.Logging;

namespace Godwit.Control;

/// <summary>The operator's verbs. Thread safe.</summary>
public sealed partial class Operator(ServerView server, ILogger log) : IDisposable
{
    private readonly ListVerbs _lists = new(server);
    private readonly QueueVerbs _queues = new(server);
    private readonly RecipientVerbs _recipients = new(server, log);
    private readonly TraceVerb _trace = new(server, log);
    private readonly WhyVerb _why = new(server);

    /// <summary>RFC 1035 section 4.2.</summary>
    private const int NameServerPort = 53;

    private readonly SemaphoreSlim _oneChange = new(1, 1);

    /// <summary>The server's time, for what waits on its behalf.</summary>
    public TimeProvider Time => server.Clock.Time;

    /// <summary>The configuration in force.</summary>
    public ServerSettings Settings => server.Settings.Value;

    public StatusReport ShowStatus() => StatusReport.Take(server);

    public VersionReport ShowVersion() => new(server.Machine);

    /// <summary>Why new mail is not taken right now; null when it is.</summary>
    public string? NotReady() => server.ShuttingDown() ? "the server is stopping" : server.NotReady();

    /// <summary>The queues with most recipients first.</summary>
    public QueueListReport ShowTopQueues(QueuePattern pattern, int maxItems, bool errors) =>
        _lists.Queues($"Top {maxItems} queues by number of recipients", pattern, maxItems, errors, byName: false);

    /// <summary>The job of that name.</summary>
    public OperatorReport ShowJob(string id) => _lists.Job(id);

    /// <summary>Replies that neither a user's rule nor one of the program's knew, the most frequent kinds first.</summary>
    public UnclassifiedReport ShowUnclassified(int maxItems) => new(server.Unclassified(maxItems));

    /// <summary>What the configuration in force says about a queue, a virtual MTA, a pool or a source.</summary>
    public OperatorReport ShowSettings(OperatorCommand question) => SettingsQuestion.Answer(server.Settings.Value, question);

    /// <summary>Puts the configuration file in force as it is now, or changes nothing. One reload runs at a time; a second one waits.</summary>
    public async Task<ReloadReport> ReloadAsync(CancellationToken cancellation)
    {
        await _oneChange.WaitAsync(cancellation);
        try
        {
            ServerSettings before = server.Settings.Value;
            string file = before.ConfigFile;
            ReloadReport report = await ConfigFiles.ReloadAsync(() => server.Reload(cancellation), cancellation);
            Looks.Attention.Reloaded(report);
            if (report.Reloaded)
            {
                log.OperatorReloaded(report.Version, report.Problems.Count);
                report = new ReloadReport(true, report.Problems, report.Version, report.Loaded)
                {
                    Lost = Lost(before.VirtualMtas.Keys),
                    Waiting = ChangedTerms.Waiting(server.Scheduler, before, server.Settings.Value),
                    File = file,
                };
                foreach ((string virtualMta, long recipients) in report.Lost)
                {
                    log.OperatorLostVirtualMta(virtualMta, recipients);
                }
            }
            else
            {
                log.OperatorReloadRefused(report.Problems.Count, report.Version, file);
                report = new ReloadReport(false, report.Problems, report.Version, report.Loaded) { File = file };
            }

            return report;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    /// <summary>Mail that no virtual MTA sends any more: whoever took one away may have forgotten it.</summary>
    private (string VirtualMta, long Recipients)[] Lost(IEnumerable<string> before)
    {
        IReadOnlyDictionary<string, VirtualMtaSettings> now = server.Settings.Value.VirtualMtas;
        var gone = new HashSet<string>(before.Where(name => !now.ContainsKey(name)), StringComparer.OrdinalIgnoreCase);
        return gone.Count == 0 ? [] :
        [
            .. server.Scheduler.Glances(key => gone.Contains(key.VirtualMta))
                .GroupBy(queue => queue.Key.VirtualMta, StringComparer.OrdinalIgnoreCase)
                .Select(group => (group.Key, group.Sum(queue => queue.Recipients)))
                .Where(lost => lost.Item2 > 0)
                .OrderBy(lost => lost.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>Does what the command says.</summary>
    public async Task<OperatorReport> RunAsync(OperatorCommand command, CancellationToken cancellation)
    {
        if (!command.Changes)
        {
            return await LookAsync(command, cancellation);
        }

        if (command.Verb == VerbId.Reload)
        {
            return await ReloadAsync(cancellation);
        }

        OperatorReport report = await ChangeAsync(command, cancellation);
        log.OperatorChanged(command.Line, report.Message);
        Looks.Renew();
        return report;
    }

    public void Dispose()
    {
        Looks.Dispose();
        ConfigFiles.Dispose();
        _trace.Dispose();
        _searches.Dispose();
        _oneChange.Dispose();
    }

    private async Task<OperatorReport> LookAsync(OperatorCommand command, CancellationToken cancellation) => command.Verb switch
    {
        VerbId.ShowStatus => ShowStatus(),
        VerbId.ShowVersion => ShowVersion(),
        VerbId.ShowQueues or VerbId.ShowTopQueues => _lists.Queues(command),
        VerbId.ShowDomains or VerbId.ShowTopDomains => _lists.Domains(command),
        VerbId.ShowVirtualMtas => _lists.VirtualMtas(command),
        VerbId.ShowJobs => _lists.Jobs(command),
        VerbId.ShowDisabledSources => _lists.DisabledSources(command),
        VerbId.ShowDisabledClients => new DisabledClientReport(server.ShutOutClients(), command.MaxItems),
        VerbId.ShowUnclassified => new UnclassifiedReport(
            [.. server.Unclassified(command.MaxItems).Select(each => PeerWords.For(command.MaySeeAddresses, each))]),
        VerbId.ShowSettings or VerbId.ShowVirtualMtaSettings or VerbId.ShowSourceSettings => ShowSettings(command),
        VerbId.List => await _recipients.ListAsync(command.Options.Filter, command.MaxItems, cancellation),
        VerbId.Why => await _why.RunAsync(command.Operand, cancellation),
        VerbId.Resolve => await ResolveAsync(command, cancellation),
        VerbId.CheckSpf or VerbId.CheckMailFrom => await CheckSpfAsync(command),
        VerbId.CheckDkim => await CheckDkimAsync(command.Operand, cancellation),
        VerbId.TestConfig => await TestConfigAsync(),
        VerbId.Digest => DigestReport.Of(command),
        VerbId.ShowLicense => new LicenseReport(server.Machine),
        VerbId.ShowPrecache => new PrecacheReport(server.Resolver().NamesCached),
        VerbId.ShowRegistration => new RegistrationReport(ReportOutcome.Done),
        VerbId.Register or VerbId.Deregister => new RegistrationReport(ReportOutcome.Refused),
        VerbId.CheckConfig => new MessageReport(ReportOutcome.Usage, "check config runs where the file is: type it in a shell as \"godwit check config FILE\""),
        _ => throw new InvalidOperationException($"no method does {command.Name}"),
    };

    private async Task<OperatorReport> ChangeAsync(OperatorCommand command, CancellationToken cancellation) => command.Verb switch
    {
        VerbId.PauseQueue => _queues.Pause(command.Queues),
        VerbId.ResumeQueue => _queues.Resume(command.Queues),
        VerbId.PauseJob => _queues.PauseJob(command.Operand),
        VerbId.ResumeJob => _queues.ResumeJob(command.Operand),
        VerbId.SetQueue => _queues.SetMode(command.Queues, command.Options.Mode!.Value),
        VerbId.Schedule => _queues.Schedule(command.Queues, command.Options.RetryRecipients),
        VerbId.Trace => await _trace.RunAsync(command.Queues, command.Options, cancellation),
        VerbId.DisableSource => _queues.DisableSource(command),
        VerbId.EnableSource => _queues.EnableSource(command),
        VerbId.EnableClient => EnableClient(command),
        VerbId.Delete => await _recipients.DeleteAsync(
            command.Options.Filter, new RemovalTerms(!command.Options.NoAccounting, command.Options.Dsn), cancellation),
        VerbId.Reroute => await _recipients.RerouteAsync(command.Options.Filter, command.Operand, cancellation),
        VerbId.SetPriority => await _recipients.SetPriorityAsync(command.Options.Filter, command.Priority, cancellation),
        VerbId.ClearDnsCache => ClearDnsCache(command.Operand),
        VerbId.ClearSecretsCache => ClearSecrets(),
        VerbId.ResetCounters or VerbId.ResetStatus => ResetCounters(),
        VerbId.RotateLog => await RotateLogAsync(),
        VerbId.RotateAccounting => await RotateAccountingAsync(command.Operand, cancellation),
        _ => throw new InvalidOperationException($"no method does {command.Name}"),
    };

    private async Task<OperatorReport> ResolveAsync(OperatorCommand command, CancellationToken cancellation)
    {
        string[] parts = command.Operand.Split('/', 2);
        if (!DomainName.TryParse(parts[0], out DomainName domain))
        {
            return NoDomain(command.Operand);
        }

        string virtualMta = parts.Length == 2 ? parts[1] : EnvelopeRecipient.DefaultVirtualMta;
        if (virtualMta != EnvelopeRecipient.DefaultVirtualMta && !server.Settings.Value.VirtualMtas.ContainsKey(virtualMta))
        {
            return new MessageReport(ReportOutcome.Refused, $"there is no virtual MTA \"{virtualMta}\" in the configuration");
        }

        CommandOptions options = command.Options;
        var terms = new ResolveTerms(new QueueKey(domain, virtualMta), options.SourceAddress, options.Connect)
        {
            NameServer = options.Server is { } address ? new IPEndPoint(address, NameServerPort) : null,
            Tcp = options.Tcp,
            UseDane = options.UseDane,
            UseMtaSts = options.UseMtaSts,
            Packets = options.DumpPackets || options.Interactive ? new PacketTrace(withOctets: options.DumpPackets) : null,
        };
        return new ResolveReport(await server.Resolve(terms, cancellation), terms.Packets?.Lines ?? []);
    }

    private async Task<OperatorReport> TestConfigAsync()
    {
        using IDisposable? place = ConfigFiles.Room.Enter();
        return place is null
            ? new MessageReport(ReportOutcome.Refused, ConfigRoom.Full)
            : new TestedConfigReport(await ConfigFiles.TestAsync(server.LoadConfig), server.Settings.Value.ConfigFile);
    }

    private async Task<OperatorReport> CheckSpfAsync(OperatorCommand command)
    {
        var terms = new SpfTerms(command.Address!, command.Operand, command.Sender.Trim('<', '>'), server.Settings.Value.HostName)
        {
            Tcp = command.Options.Tcp,
            DumpPackets = command.Options.DumpPackets,
        };
        return new SpfReport(await server.CheckSpf(terms));
    }

    private async Task<OperatorReport> CheckDkimAsync(string name, CancellationToken cancellation) =>
        DomainName.TryParse(name, out DomainName domain) && !domain.IsLiteral
            ? new DkimReport(domain, await server.CompareKeys(domain, cancellation))
            : NoDomain(name);

    private OperatorReport EnableClient(OperatorCommand command)
    {
        int count = server.ReadmitClient(command.Address);
        return count == 0 && command.Address is not null
            ? new MessageReport(ReportOutcome.Refused, $"{command.Operand} is not shut out; \"show disabled clients\" lists those that are")
            : new CountReport($"{count} client(s) enabled.", "clients", count, "");
    }

    private MessageReport ClearDnsCache(string name)
    {
        if (name == "*")
        {
            server.ClearDnsCache(null);
        }
        else if (DomainName.TryParse(name, out DomainName domain))
        {
            server.ClearDnsCache(domain);
        }
        else
        {
            return NoDomain(name);
        }

        return new MessageReport(ReportOutcome.Done, "DNS cache cleared.");
    }

    private MessageReport ClearSecrets()
    {
        server.ClearSecrets();
        return new MessageReport(ReportOutcome.Done, "Secrets cache cleared.");
    }

    private MessageReport ResetCounters()
    {
        server.Traffic.Reset();
        return new MessageReport(ReportOutcome.Done, "Traffic counters reset.");
    }

    private async Task<OperatorReport> RotateLogAsync() => await server.RotateLog()
        ? new MessageReport(ReportOutcome.Done, "Logging file rotated.")
        : new MessageReport(ReportOutcome.Refused, "the server writes no log file: the configuration names none");

    private async Task<OperatorReport> RotateAccountingAsync(string name, CancellationToken cancellation)
    {
        await _oneChange.WaitAsync(cancellation);
        try
        {
            return await server.RotateAccounting(name) > 0
                ? new MessageReport(ReportOutcome.Done, "Accounting file rotated.")
                : new MessageReport(ReportOutcome.Refused, name.Length > 0 ? $"no <acct-file> is called {name}" : "the configuration has no <acct-file>");
        }
        catch (AccountingException error)
        {
            return new MessageReport(ReportOutcome.Refused, error.Message);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    private static MessageReport NoDomain(string text) => new(ReportOutcome.Usage, $"\"{text}\" is not a domain name");
}
