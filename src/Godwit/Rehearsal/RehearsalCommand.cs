// "godwitd --rehearse CONFIG ...": reads the words, the configuration, the model and the campaign, runs, and says what came out.
// Exit codes as for the check: 0 done, 2 wrong usage or wrong files.

using System.Net;
using System.Text;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Rehearsal;

/// <summary>The command.</summary>
internal static class RehearsalCommand
{
    public const string Usage = """
        usage: godwit rehearse CONFIG --recipients N | --campaign FILE.csv
                 --recipients N       a usual mailing of N recipients, divided as the model says
                 --campaign FILE.csv  lines of domain,recipients, in either order; a header is allowed
                 --model FILE         how receivers behave; without it, what Godwit ships (rehearsal.conf)
                 --vmta NAME          the virtual MTA or pool that the mail leaves through; without it, what a local client's mail would take
                 --size OCTETS        size of each message (50000)
                 --seed N             another course of chance (1)
                 --html FILE          also writes a page with plots
                 --json               says it for a program
        """;

    /// <param name="load">Reads the configuration.</param>
    public static int Run(IReadOnlyList<string> words, Func<string, ConfigLoad> load, TextWriter output, TextWriter error)
    {
        if (RehearsalOptions.Parse(words, out string fault) is not { } options)
        {
            return Refuse(error, [fault, .. Usage.Split('\n')]);
        }

        ConfigLoad loaded = load(options.ConfigFile);
        if (loaded.Settings is not { } settings)
        {
            IEnumerable<string> errors = loaded.Problems.Where(p => p.Severity == ConfigSeverity.Error).Select(p => p.ToString());
            return Refuse(error, [.. errors, $"{options.ConfigFile} has errors and would not load: see \"godwit check config {options.ConfigFile}\""]);
        }

        var problems = new List<string>();
        List<Receiver> receivers = Receivers(options.ModelFile, settings.Providers, problems);
        List<CampaignPart> parts = problems.Count == 0 ? Parts(options, receivers, settings.Providers, problems) : [];
        if (VirtualMtas(options.VirtualMta, settings) is not { } virtualMtas)
        {
            IEnumerable<string> names = settings.VirtualMtas.Keys.Concat(settings.Pools.Keys);
            problems.Add($"there is no virtual MTA or pool {options.VirtualMta}; there are {string.Join(", ", names)}");
            virtualMtas = [];
        }

        if (problems.Count > 0)
        {
            return Refuse(error, problems);
        }

        var plan = new RehearsalPlan(virtualMtas) { Seed = options.Seed, MessageSize = options.MessageSize };
        var run = new RehearsalRun(settings, receivers, parts, plan);
        run.Run();
        var report = RehearsalReport.Of(run, options.ConfigFile, plan);
        if (options.PageFile.Length > 0 && TryWrite(options.PageFile, RehearsalPage.Of(report)) is { } trouble)
        {
            return Refuse(error, [trouble]);
        }

        output.WriteLine((options.IsJson ? RehearsalJson.Of(report) : RehearsalText.Of(report)).TrimEnd('\n'));
        return 0;
    }

    private static List<Receiver> Receivers(string file, ProviderTable providers, List<string> told)
    {
        var problems = new ProblemList();
        var model = new RehearsalFile(ConfigSurroundings.Machine, providers, problems);
        IReadOnlyList<ReceiverSettings> receivers = file.Length == 0 ? model.LoadShipped() : model.Load(file);
        told.AddRange(problems.ToList().Where(p => problems.HasErrors && p.Severity == ConfigSeverity.Error).Select(p => p.ToString()));
        return problems.HasErrors ? [] : Receiver.All(receivers, providers);
    }

    private static List<CampaignPart> Parts(RehearsalOptions options, List<Receiver> receivers, ProviderTable providers, List<string> problems)
    {
        if (options.CampaignFile.Length == 0)
        {
            return Campaign.Usual(options.Recipients, receivers);
        }

        try
        {
            List<(DomainName, int)> list = CampaignFile.Read(options.CampaignFile, File.ReadLines(options.CampaignFile), problems);
            return Campaign.Listed(list, receivers, providers);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : e.Message;
            problems.Add($"{options.CampaignFile}: cannot read it: {why}");
            return [];
        }
    }

    /// <summary>The members of a pool, or one virtual MTA; null when the name is unknown.</summary>
    private static IReadOnlyList<string>? VirtualMtas(string name, ServerSettings settings)
    {
        if (name.Length == 0)
        {
            name = settings.SourceFor(IPAddress.Loopback, "").DefaultVirtualMta;
            name = name.Length == 0 ? EnvelopeRecipient.DefaultVirtualMta : name;
        }

        return settings.VirtualMtas.TryGetValue(name, out VirtualMtaSettings? one) ? [one.Name]
            : settings.Pools.TryGetValue(name, out PoolSettings? pool) && pool.Members.Count > 0 ? pool.Members
            : null;
    }

    private static string? TryWrite(string file, string page)
    {
        try
        {
            File.WriteAllText(file, page, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{file}: cannot write it: {e.Message}";
        }
    }

    private static int Refuse(TextWriter error, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            error.WriteLine(line);
        }

        return 2;
    }
}
