// A modelled receiver as it runs: what it answers, what it has counted, and the fates of its recipients. Owned by one rehearsal.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Rehearsal;

/// <summary>One receiver in a rehearsal.</summary>
internal sealed class Receiver
{
    private readonly List<ReceiverDoor?> _doors;
    private readonly (double Below, ModelledAnswer Answer)[] _answers;

    /// <param name="before">Receivers of the same model: those of one provider count our connections and recipients together.</param>
    public Receiver(ReceiverSettings settings, ProviderTable providers, IReadOnlyList<Receiver> before)
    {
        Settings = settings;
        _doors = before.FirstOrDefault(r => r.IsShared && r.Settings.Provider.Equals(settings.Provider, StringComparison.OrdinalIgnoreCase))?._doors ?? [];
        Provider = settings.Provider.Length == 0 ? null : providers.ByName(settings.Provider);
        TooFast = ModelledAnswer.Of(settings.WhenTooFast, Provider, providers);
        TooMany = ModelledAnswer.Of(settings.WhenTooMany, Provider, providers);
        IsShared = Provider is { MainDomain.IsEmpty: false };
        Group = IsShared ? DomainName.Parse($"{Provider!.Name}.rollup") : default;
        double below = 0;
        _answers = [.. settings.Answers.Select(a => (below += a.Percent / 100, ModelledAnswer.Of(a.Reply, Provider, providers)))];
    }

    public ReceiverSettings Settings { get; }

    /// <summary>Not SMTP for mail that stays on this machine.</summary>
    public DeliveryKind Kind { get; private init; } = DeliveryKind.Smtp;

    public bool IsLocal => Kind != DeliveryKind.Smtp;

    public ProviderProfile? Provider { get; }

    /// <summary>All its domains are one receiver, which counts them together; otherwise each is one of its own.</summary>
    public bool IsShared { get; }

    /// <summary>The name of the queues' group; absent when its domains share nothing.</summary>
    public DomainName Group { get; }

    public ModelledAnswer TooFast { get; }

    public ModelledAnswer TooMany { get; }

    public ReceiverTally Tally { get; } = new();

    /// <summary>The receivers of a model.</summary>
    public static List<Receiver> All(IReadOnlyList<ReceiverSettings> model, ProviderTable providers)
    {
        var all = new List<Receiver>(model.Count);
        foreach (ReceiverSettings settings in model)
        {
            all.Add(new Receiver(settings, providers, all));
        }

        return all;
    }

    /// <summary>
    /// Files, programs or nothing at all. Round estimates: a file waits for its disk, a program has to be started, what is thrown away costs next to nothing.
    /// </summary>
    public static Receiver Local(DeliveryKind kind, ProviderTable providers)
    {
        (string name, int milliseconds) = kind switch
        {
            DeliveryKind.File => ("type file", 5),
            DeliveryKind.Pipe => ("type pipe", 50),
            _ => ("type discard", 1),
        };
        var settings = new ReceiverSettings(name) { ConnectTime = TimeSpan.Zero, MessageTime = TimeSpan.FromMilliseconds(milliseconds) };
        return new Receiver(settings, providers, []) { Kind = kind };
    }

    /// <summary>The refusal that a draw between 0 and 1 means; null is acceptance.</summary>
    public ModelledAnswer? Answer(double draw)
    {
        foreach ((double below, ModelledAnswer answer) in _answers)
        {
            if (draw < below)
            {
                return answer;
            }
        }

        return null;
    }

    /// <summary>Its books about a source address, when its domains share them.</summary>
    public ReceiverDoor SharedDoor(int source) => Find(_doors, source);

    /// <summary>The books at a place of a list, made when first asked for.</summary>
    public static ReceiverDoor Find(List<ReceiverDoor?> doors, int source)
    {
        while (doors.Count <= source)
        {
            doors.Add(null);
        }

        return doors[source] ??= new ReceiverDoor();
    }
}
