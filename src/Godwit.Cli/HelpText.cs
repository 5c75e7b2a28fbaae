// What "godwit help" says. A verb has its purpose in one sentence and an example that can be typed as it stands.

using System.Text;

namespace Godwit.Cli;

/// <summary>Help about one verb.</summary>
internal sealed record HelpTopic(string Words, string Arguments, string Purpose, string Details, string Example);

internal static class HelpText
{
    private const string QueueOptions =
        "[DOMAIN[/VMTA]] [--maxitems=N] [--errors] [--connected=yes|no] [--paused=yes|no] [--mode=normal|backoff] [--sort=rcpt|name|size]"
        + " [--no-rcpt-events] [--mode-events]";

    private const string Filters = "[--rcpt=ADDRESS] [--orig=ADDRESS] [--envId=ID] [--older-than=TIME]";

    public static readonly IReadOnlyList<HelpTopic> Topics =
    [
        new("show status", "", "Traffic, connections, queues and spool at a glance.",
            "With --json, --xml or --dom the same numbers as a tree for monitoring.", "godwit show status"),
        new("show topqueues", QueueOptions, "The queues with most recipients, and why each waits.",
            "--maxitems=N lists N queues (20 without it). --errors adds what went wrong lately. A star in the name stands for anything: */vmta1.\n    "
                + "In the column st, P is paused, B is backoff mode, R waits for its next try, J has mail of paused jobs.\n    "
                + "--connected, --paused and --mode choose among them. With permission to read the server's token file, --errors also shows what became\n    "
                + "of single recipients lately; --no-rcpt-events leaves that out. --mode-events tells what put a queue into its mode, and until when.",
            "godwit show topqueues --errors"),
        new("show queues", QueueOptions, "The queues by name.",
            "Options as for show topqueues.", "godwit show queues bigmail.example"),
        new("show version", "", "Which version runs.", "The version of this program itself: godwit --version.", "godwit show version"),
        new("show settings", "DOMAIN[/VMTA] [--origin] [--set]", "Every setting of a queue, and who said so.",
            "--origin adds the file, line and block of each value, and what it beat; --set leaves out what nobody has set. "
                + "--config FILE asks a file;\n    no server has to run.",
            "godwit show settings bigmail.example/vmta-1 --origin"),
        new("show vmta-settings", "VMTA [--origin] [--set]", "Every setting of a virtual MTA or of a pool.",
            "Options as for show settings.", "godwit show vmta-settings vmta-1"),
        new("show source-settings", "IP|NAME [--origin] [--set]", "Every rule for a client's address, or of a named source.",
            "Options as for show settings.", "godwit show source-settings 192.0.2.1 --origin"),
        new("show domains", "[DOMAIN] [--vmta=VMTA] [--connected=yes|no] [--maxitems=N] [--errors] [--sort=name|rcpt|size]",
            "The domains that have mail, by name.", "A domain's queues of all virtual MTAs together. A star in a name stands for anything.",
            "godwit show domains *.example --sort=rcpt"),
        new("show topdomains", "[DOMAIN] [--vmta=VMTA] [--connected=yes|no] [--maxitems=N] [--errors] [--sort=rcpt|name|size]",
            "The domains with most recipients.", "Options as for show domains.", "godwit show topdomains --maxitems=50"),
        new("show vmtas", "[--maxitems=N] [--sort=name|rcpt|size]", "The virtual MTAs and how much mail each has.",
            "Those of the configuration, and those that only mail in the queues still names; all of them without --maxitems.", "godwit show vmtas --sort=rcpt"),
        new("show jobs", "[--maxitems=N] [--sort=rcpt|name|size]", "The jobs (X-Job) that have mail, and those that are paused.",
            "P behind a job: it is paused. All are listed without --maxitems.", "godwit show jobs"),
        new("show disabled sources", "[DOMAIN[/VMTA]] [--maxitems=N]", "Source addresses that queues do not use now, until when, and why.",
            "Disabled by a reply or by disable source; enable source ends it.", "godwit show disabled sources bigmail.example"),
        new("show disabled clients", "[--maxitems=N]", "Clients that too many failed authentications keep out now, and until when.",
            "smtp-max-auth-failure-rate says how many are too many; enable client lets one in again.", "godwit show disabled clients"),
        new("show unclassified", "[--maxitems=N]", "Refusals that no rule knew, the most frequent kinds first: there a rule is missing.",
            "Addresses and numbers that differ from mail to mail are masked. Counted since the start.", "godwit show unclassified"),
        new("list", $"[--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N] [--pause] [--schedule] [--maxitems=N]", "Recipients that wait.",
            "All filters must hold; a star stands for anything. --orig is the sender, <> the null sender. 100 are shown without --maxitems.\n    "
                + "--pause leaves those of paused queues and jobs, --schedule those that wait for a time of their own or of their queue.\n    "
                + "Recipients that a connection has right now are not among them. Needs permission to read the server's token file, as every change does.",
            "godwit list --queue=bigmail.example --rcpt=*@bigmail.example"),
        new("why", "ADDRESS|DOMAIN[/VMTA]|JOB", "Why mail is still here: what stops it, what slows it, when it is tried next, how long the backlog takes.",
            "The most binding reason stands first. Needs permission to read the server's token file, as list does.", "godwit why ann@bigmail.example"),
        new("delete", $"[--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N] [--dsn] [--no-accounting]", "Deletes recipients that wait.",
            "Filters as for list; --queue or --jobId must be among them. Each gets a b record that says \"deleted by administrator\", none with\n    "
                + "--no-accounting. Senders hear of it only with --dsn.",
            "godwit delete --jobId=campaign-7 --older-than=1d"),
        new("reroute", $"VMTA [--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N]", "Has recipients that wait delivered by another virtual MTA.",
            "Filters as for list; --queue or --jobId must be among them. VMTA may be a pool, whose members take turns message by message. Attempts,\n    "
                + "ages and times stay; a restart remembers it. What a connection has right now stays where it is.",
            "godwit reroute vmta2 --queue=bigmail.example/vmta1"),
        new("set priority", $"N [--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters}", "Gives recipients that wait a priority of 0 to 100.",
            "Filters as for list; one at least. 50 is usual; ten more are twice the share of their queue. A restart forgets it.",
            "godwit set priority 90 --jobId=password-reset"),
        new("pause queue", "DOMAIN[/VMTA]", "Nothing more is delivered from a queue.",
            "Mail is still taken for it. Transactions under way end. A star stands for anything: */vmta1, bigmail.example/*; such a pause,\n    "
                + "and one without a virtual MTA, means queues to come too. google.rollup/vmta1 is all queues that share that provider's limits.",
            "godwit pause queue bigmail.example/vmta1"),
        new("resume queue", "DOMAIN[/VMTA]", "Ends a pause.",
            "Names as for pause queue; the name that was paused, or a wider one, ends it for queues to come too.",
            "godwit resume queue */*"),
        new("pause job", "ID", "Nothing more of a job (X-Job) is delivered, in no queue.", "Holds for its mail to come too.", "godwit pause job campaign-7"),
        new("resume job", "ID", "Ends the pause of a job.", "\"show jobs\" shows which are paused.", "godwit resume job campaign-7"),
        new("set queue", "--mode=normal|backoff DOMAIN[/VMTA]", "Puts a queue into backoff mode or back into normal mode.",
            "Names as for pause queue, over the queues there are. Backoff mode ends by itself after backoff-to-normal-after.",
            "godwit set queue --mode=backoff bigmail.example/vmta1"),
        new("schedule", "[--retry-recipients] DOMAIN[/VMTA]", "Tries queues now that wait for their next try.",
            "With --retry-recipients also the recipients that wait for theirs. Limits and pauses stay.", "godwit schedule --retry-recipients bigmail.example"),
        new("trace", "[--retry-recipients] [--log-data] [--log-resolution] [--to-log] [--source-ip=IP] DOMAIN[/VMTA]",
            "Tries one queue now and shows what is said to its host: <<< is sent, >>> received.",
            "Up to the end of the first message, in the queue's turn and within its limits, over a new connection or one that is open. It waits 20 s\n    "
                + "at most; where nothing can go, it says at once why. --log-data shows the content too (64 KB), --log-resolution where the\n    "
                + "hosts come from; --source-ip takes a connection from this address only; --to-log writes the same into the server's log.",
            "godwit trace --retry-recipients bigmail.example/vmta1"),
        new("disable source", "[--reenable-after=TIME] IP DOMAIN[/VMTA]", "A queue stops using a source address.",
            "For ever, or for a time such as 4h. Names as for pause queue.", "godwit disable source --reenable-after=4h 192.0.2.1 bigmail.example/vmta1"),
        new("enable source", "IP DOMAIN[/VMTA]", "A queue uses a source address again.", "Whoever disabled it.",
            "godwit enable source 192.0.2.1 bigmail.example/*"),
        new("enable client", "IP|*", "A client that failed to authenticate too often may try again at once.",
            "Its failures are forgotten. * means all of them.", "godwit enable client 192.0.2.9"),
        new("resolve", "DOMAIN[/VMTA] [--server=IP] [--tcp] [--edns] [--use-dane] [--use-mta-sts] [--connect] [--source=IP]"
            + " [--dumppackets] [--interactive]",
            "The hosts that take a domain's mail, as a delivery finds them, and what the configuration makes of them.",
            "smtp-hosts, queue-to, rollups and provider groups are told. --connect reads the greeting of each host (10 at most), tries TLS, and logs\n    "
                + "in where auth-username is set, from the address that --source names, or the first of the virtual MTA; --source also leaves out what\n    "
                + "its family cannot reach.\n    "
                + "--server=IP behind the verb asks another name server than those of the configuration, --tcp asks without UDP. --use-dane and\n    "
                + "--use-mta-sts show what each host must prove, also where the directive is not set. NAME.rollup shows a rollup's hosts and queues.\n    "
                + "--interactive shows each question to a name server and its answer, --dumppackets every octet of them too; no cache answers then.",
            "godwit resolve --connect bigmail.example"),
        new("check spf", "IP HELO [MAILFROM] [--tcp] [--dumppackets]", "What SPF says of mail that comes from an address, and why.",
            "Every record on the way, the term that matched and the sender's own explanation. Without MAILFROM the HELO name is checked.\n    "
                + "Exit code 0: pass, neutral, none. 1: fail, softfail, and where there is no verdict, permerror and temperror.\n    "
                + "--tcp asks DNS without UDP; --dumppackets shows what it was asked and said.",
            "godwit check spf 192.0.2.1 mail.brand.example ann@brand.example"),
        new("check mfrom", "IP HELO [MAILFROM] [--tcp] [--dumppackets]", "The same as check spf.", "PowerMTA's older word for it.",
            "godwit check mfrom 192.0.2.1 mail.brand.example ann@brand.example"),
        new("clear dnscache", "DOMAIN|*", "Forgets what DNS said about a domain and all below it, or about all.", "The next delivery asks again.",
            "godwit clear dnscache bigmail.example"),
        new("clear secretscache", "", "Forgets the keys that came from the vault.",
            "The next message that needs one asks again, and waits for the answer.",
            "godwit clear secretscache"),
        new("digest", "--siphash|--hmac-sha256 --key=S|--hexkey=S TEXT", "What a privacy-policy makes of a local part.",
            "To find an address in accounting files that hide it. The text is taken as it is typed; policies use local parts in lower case.",
            "godwit digest --siphash --key=secretkey port25"),
        new("show license", "", "That Godwit needs no license key.", "In PowerMTA's words, for scripts that look for them.", "godwit show license"),
        new("show precache", "", "Domains that are looked up ahead of time.", "There are none: precached-domains-file is not in effect.",
            "godwit show precache"),
        new("show registration", "", "That Godwit has no management console to register with.", "Each server has its own console on its management port.",
            "godwit show registration"),
        new("register", "[ANYTHING]", "PowerMTA's registration with its management console; Godwit has none.", "Exit code 1.", "godwit register"),
        new("deregister", "[ANYTHING]", "The end of such a registration.", "Exit code 1.", "godwit deregister"),
        new("reset counters", "", "The numbers of show status begin at 0.", "Queues and connections are what they are.", "godwit reset counters"),
        new("reset status", "", "The same as reset counters.", "PowerMTA has both.", "godwit reset status"),
        new("rotate log", "", "Begins a new log file.", "The old ones move up by one; log-rotate says how many stay.", "godwit rotate log"),
        new("rotate acct", "[FILE]", "Begins a new accounting file, or new ones of all.", "FILE as it stands in <acct-file>. One without records goes on.",
            "godwit rotate acct"),
        new("reload", "", "Puts the configuration file in force as it is now.",
            "All of it takes effect or nothing does; what needs a restart is named. Needs permission to read the server's token file.", "godwit reload"),
        new("check config", "FILE", "Judges a configuration file; no server has to run.",
            "Every problem is shown with its line; then what is in effect, accepted without effect, not supported yet, and unknown.\n    "
                + "\"test config FILE\" is the same. Without FILE, /etc/pmta/config is judged.\n    "
                + "Options, also before the words: --strict takes warnings seriously; --file-only leaves out what this machine lacks, for checks\n    "
                + "elsewhere; --all lists every place of a problem; --json is for programs.\n    "
                + "Exit code 0: the file can be used; its warnings say what this machine lacks (directories, addresses).\n    "
                + "1: it has warnings, with --strict. 2: it cannot be used.", "godwit check config examples/quickstart.conf"),
        new("test config", "", "Whether the running server could take its configuration file as it is now.",
            "Errors are told as PowerMTA tells them; check config says more. Nothing changes. Where no server runs, or with FILE, it is check config.\n    "
                + "Exit code 2: the file cannot be used.", "godwit test config"),
        new("check dkim", "DOMAIN", "Compares the DKIM keys that may sign for a domain with what its DNS publishes.",
            "One line for each key: whether receivers will find it and whether it is this one. Exit code 1: some key is not published as it is.",
            "godwit check dkim example.com"),
        new("rehearse", "CONFIG --recipients N | --campaign FILE.csv [--model FILE] [--vmta NAME] [--size OCTETS] [--seed N] [--html FILE]",
            "Shows how a campaign would run under a configuration; no server has to run, and no mail is sent.",
            "The server's own queues work in virtual time against modelled providers: when each provider's mail is done, what holds it up, which\n    "
                + "replies come, peak connections for each source address. A campaign has lines of domain,recipients; --recipients takes a usual mix.\n    "
                + "--html writes a page with plots; --json is for programs. The model is out/rehearsal.conf; --model names a changed copy.",
            "godwit rehearse examples/quickstart.conf --recipients 100000 --html rehearsal.html"),
        new("keygen", "DOMAIN SELECTOR [--ed25519] [--bits N] [--file FILE]",
            "Makes a DKIM key; prints the record to publish and the line for the configuration. No server has to run.",
            "An RSA key of 2048 bits without --ed25519. The private key goes into a new file that only its owner may read: SELECTOR.DOMAIN.pem, or\n    "
                + "FILE; one that exists is left alone.",
            "godwit keygen example.com s1"),
        new("inject", "[--to HOST:PORT] [--count N] [--connections N] [--size OCTETS] [--domains N] [--from ADDRESS] [--wait SECONDS]",
            "Submits sample messages over SMTP, to try a server out.",
            "All recipients are at names of the reserved domain .example. With --wait it follows the server until every message has its fate and sums up.",
            "godwit inject --to 127.0.0.1:2525 --count 1000"),
        new("top", "[--watch SECONDS]", "A live view of the whole screen: rates, queues, why each waits; keys pause, resume and look closer.",
            "Arrows choose a queue, Enter shows why it waits, p pauses, r resumes, b and n set its mode, s schedules, / filters, o orders, ? shows\n    "
                + "all keys, q ends. What changes something needs permission to read the server's token file.",
            "godwit top"),
        new("completion", "bash|zsh", "Prints a script that lets the shell complete verbs, options and names of queues.",
            "For bash: source <(godwit completion bash), also in ~/.bashrc. For zsh: source <(godwit completion zsh) behind compinit.",
            "godwit completion bash"),
        new("hash-password", "[--iterations N]", "Makes a value for \"password\" in <smtp-user> and <http-user> that does not show the password.",
            "Reads the password from the terminal without showing it, or a line from standard input. No server has to run.\n    "
                + "Clients can use PLAIN, LOGIN and SCRAM-SHA-256 with it; CRAM-MD5 needs the password in the configuration as it is.",
            "godwit hash-password"),
    ];

    /// <summary>The help about what the words name; the overview for none; null when nothing is meant.</summary>
    public static string? For(IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            return Overview();
        }

        List<HelpTopic> meant = [.. Topics.Where(topic => IsMeant(topic, words))];
        if (meant.Count == 0)
        {
            meant = [.. Topics.Where(topic => Mentions(topic.Words, words))];
            meant = meant.Count > 0 ? meant : [.. Topics.Where(topic => Mentions($"{topic.Purpose} {topic.Details}", words))];
        }

        return meant.Count == 0 ? null : string.Join('\n', meant.Select(Describe));
    }

    private static bool IsMeant(HelpTopic topic, IReadOnlyList<string> words)
    {
        string[] parts = topic.Words.Split(' ');
        return words.Count <= parts.Length
            && words.Zip(parts).All(pair => pair.Second.StartsWith(pair.First, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether each word begins some word of the text.</summary>
    private static bool Mentions(string text, IReadOnlyList<string> words)
    {
        string[] said = text.Split([' ', '-', '"', ',', ';', '.'], StringSplitOptions.RemoveEmptyEntries);
        return words.All(word => word.Length > 0 && said.Any(one => one.StartsWith(word, StringComparison.OrdinalIgnoreCase)));
    }

    private static string Describe(HelpTopic topic) =>
        $"""
        godwit {$"{topic.Words} {topic.Arguments}".TrimEnd()}
            {topic.Purpose}
            {topic.Details}
            Example: {topic.Example}

        """;

    private static string Overview()
    {
        var text = new StringBuilder();
        text.Append("godwit speaks to a running godwitd.\n\nusage: godwit [options] VERB ...\n\nVerbs (words may be shortened: godwit sh top)\n");
        foreach (HelpTopic topic in Topics)
        {
            text.Append($"  {topic.Words,-22}{topic.Purpose}\n");
        }

        text.Append(
            $"""

            Options
              --server URL    the management port of the server ({ServerAccess.DefaultServer}; environment: {ServerAccess.ServerVariable})
              --ca-file FILE  for https://: who vouches for the server's certificate, or that certificate itself, in PEM; not needed for those that the
                              system trusts, nor on the server's own machine, where the file of http-tls-certificate can be read
              --api-key-file FILE     holds a key of the server's http-api-key (environment: {ServerAccess.KeyVariable}, the key itself, which
                              does not go to a server that only --server names). There is no option for the key: all users of a machine see each
                              other's command lines, and shells remember them
              --json, --xml, --dom    machine formats: JSON, XML, a line path="value" for each value
              --timeout N     seconds to wait for an answer (30)
              --watch N       looks again every N seconds, until Ctrl-C
              --version       the version of this program

            A file may say which server is usually meant: ~/.config/godwit/client (environment: {ClientFile.Variable}), with lines such as
              server https://mx1.example.com:8080
              ca-file mx1.pem
              api-key-file mx1.key

            Exit codes: 0 done, 1 refused, 2 usage or bad configuration, 3 no server answers, or its certificate is not trusted.
            More about a verb: godwit help VERB

            """);
        return text.ToString();
    }
}
