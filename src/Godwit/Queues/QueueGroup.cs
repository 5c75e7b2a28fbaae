// The queues of one virtual MTA whose mail one provider receives, whatever their domains: 383 domains hosted at one place share what that place allows.
// Each keeps its own recipients, hosts and retry clock; connections, rates, backoff mode and source addresses are those of the group, under the settings of
// the provider's main domain. Owned by the scheduler; bounded by providers times virtual MTAs.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>What queues of one provider share.</summary>
/// <param name="key">Named like a queue: <c>google.rollup/vmta</c>.</param>
internal sealed class QueueGroup(QueueKey key, DomainName mainDomain, VirtualMtaLane lane)
{
    private SharedLimit[] _laneLevels = [];
    private int _version;

    public QueueKey Key => key;

    /// <summary>The domain whose settings are the group's.</summary>
    public DomainName MainDomain { get; private set; } = mainDomain;

    /// <summary>What stands in the spool of it, or is on its way there.</summary>
    public QueueMemory Noted { get; set; } = QueueNotes.NothingNoted;

    public DeliverySettings Settings { get; private set; } = new();

    public SharedLimit Limit { get; } = new();

    /// <summary>Mode and source addresses of all.</summary>
    public QueueCondition Condition { get; } = new();

    /// <summary>What replies have asked of certain mail.</summary>
    public GroupTerms Terms { get; } = new();

    /// <summary>The queues that belong to it now.</summary>
    public HashSet<MailQueue> Members { get; } = [];

    /// <summary>Members that wait until a connection from a shared source address ends; each says so itself (MailQueue.WaitsForSource).</summary>
    public Queue<MailQueue> WaitingForSource { get; } = new();

    /// <summary>Somebody is taking from <see cref="WaitingForSource"/>.</summary>
    public bool IsCalling { get; set; }

    /// <summary>Every limit that a connection counts at: the group's, then the virtual MTA's.</summary>
    public SharedLimit[] Levels { get; private set; } = [];

    /// <summary>The limits of its mode.</summary>
    public PaceSettings Pace => new(Settings, Condition.Mode == QueueMode.Backoff);

    /// <summary>The provider's main domain is another one: the configuration names it anew.</summary>
    public void Follow(DomainName mainDomain)
    {
        if (MainDomain != mainDomain)
        {
            (MainDomain, _version) = (mainDomain, 0);
        }
    }

    /// <summary>What a restart must not forget of it.</summary>
    public QueueMemory Remember(Instant now) => Condition.Remember(now) with { MainDomain = MainDomain, Streams = Terms.Curbs.Remember(now) };

    /// <summary>Takes over what was said before a restart. It is configured.</summary>
    public void Restore(QueueMemory memory, Instant now)
    {
        Noted = memory;
        Condition.UseSources(lane.Sources, Settings, now);
        Condition.Restore(memory, now);
        Terms.Curbs.AddBeside(memory.At(now).Streams, now);
    }

    /// <summary>Takes over the configuration in force and the mode it is in.</summary>
    public void Configure(ServerSettings settings, int version, Instant now)
    {
        if (version != _version)
        {
            _version = version;
            Settings = settings.DeliveryFor(MainDomain, key.VirtualMta);
        }

        if (!ReferenceEquals(_laneLevels, lane.Levels))
        {
            _laneLevels = lane.Levels;
            Levels = [Limit, .. lane.Levels];
        }

        PaceSettings pace = Pace;
        Limit.Configure(Math.Min(pace.MaxSmtpOut, Condition.Ramp.Most), pace.MaxMsgRate, pace.MaxDataVolumeRate, now);
    }
}
