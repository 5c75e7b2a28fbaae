// The open listeners of one door, by the addresses that the configuration names. Owned by reception or by the built-in receiver.
// A new set is opened beside the old one, so that a port that cannot be had changes nothing. Only where the new address overlaps one of our own that
// is to go (127.0.0.1:25 becomes 0.0.0.0:25) the old one closes first, for the moment it takes to bind; if that fails it is opened again.

using System.Net;
using System.Net.Sockets;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Reception;

/// <summary>Opens and closes listeners. Thread safe; one change at a time.</summary>
/// <param name="directives">Those of the configuration that say where the door is.</param>
/// <param name="accept">Gets each client and its listener; must not block.</param>
internal sealed class EntranceSet(EntranceDirectives directives, Action<Socket, ListenerSettings> accept, TimeProvider time, ILogger log)
{
    private readonly SemaphoreSlim _changing = new(1, 1);
    private Dictionary<IPEndPoint, Entrance> _open = [];

    /// <summary>Where clients can connect now, with real ports, in the order of the configuration.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>
    /// Opens what is wanted and not open yet. Until the result is committed or cancelled, nothing changes and further changes wait.
    /// With any problem nothing is left to commit; only cancel it.
    /// </summary>
    /// <param name="commit">Run when the change comes into force, before the first client is let in.</param>
    public async Task<EntranceChange> PrepareAsync(IReadOnlyList<ListenerSettings> wanted, Action commit)
    {
        await _changing.WaitAsync();
        var change = new EntranceChange(this, [.. wanted.DistinctBy(one => one.EndPoint)], commit);
        await change.OpenAsync();
        return change;
    }

    /// <summary>The same for a caller that takes nothing but the whole: a problem cancels the change and is thrown.</summary>
    public async Task<IPreparedChange> PrepareOrThrowAsync(IReadOnlyList<ListenerSettings> wanted, Action commit)
    {
        EntranceChange change = await PrepareAsync(wanted, commit);
        if (change.Problems.Count == 0)
        {
            return change;
        }

        await change.CancelAsync();
        throw new PortUnavailableException(string.Join("; ", change.Problems));
    }

    /// <summary>Makes the listeners those that are wanted, or changes nothing and returns a sentence for each that cannot be opened.</summary>
    public async Task<IReadOnlyList<string>> ApplyAsync(IReadOnlyList<ListenerSettings> wanted)
    {
        EntranceChange change = await PrepareAsync(wanted, static () => { });
        await (change.Problems.Count == 0 ? change.CommitAsync() : change.CancelAsync());
        return change.Problems;
    }

    private Entrance? TryOpen(ListenerSettings wanted, IPEndPoint endPoint, out string problem)
    {
        var entrance = new Entrance(wanted);
        entrance.Listener = SmtpListener.TryOpen(endPoint, directives, client => accept(client, entrance.Settings), time, log, out problem);
        return entrance.Listener is null ? null : entrance;
    }

    /// <summary>Nobody who asked for the change hears of this: it is about what was there before.</summary>
    private void Lost(string problem) => log.CannotListen(problem);

    /// <summary>One change on its way.</summary>
    internal sealed class EntranceChange(EntranceSet owner, IReadOnlyList<ListenerSettings> wanted, Action commit) : IPreparedChange
    {
        private readonly List<string> _problems = [];
        private readonly Dictionary<IPEndPoint, Entrance> _opened = [];
        private readonly List<KeyValuePair<IPEndPoint, Entrance>> _closedEarly = [];

        /// <summary>A sentence for each listener that cannot be opened.</summary>
        public IReadOnlyList<string> Problems => _problems;

        public async Task OpenAsync()
        {
            // A listener whose accept loop gave up is opened anew; that is what an operator's reload is for.
            HashSet<IPEndPoint> names = [.. wanted.Select(one => one.EndPoint)];
            List<KeyValuePair<IPEndPoint, Entrance>> leaving = [.. owner._open.Where(pair => !names.Contains(pair.Key) || pair.Value.Listener!.HasFailed)];
            List<ListenerSettings> fresh = [.. wanted.Where(one => !owner._open.TryGetValue(one.EndPoint, out Entrance? open) || open.Listener!.HasFailed)];

            // Those that need nothing of ours to close come first: most failures then cost nothing.
            ILookup<bool, ListenerSettings> needsRoom = fresh.ToLookup(one => leaving.Exists(old => Overlap(old.Value.Listener!.EndPoint, one.EndPoint)));
            foreach (ListenerSettings one in needsRoom[false])
            {
                Open(one);
            }

            foreach (ListenerSettings one in _problems.Count == 0 ? needsRoom[true] : [])
            {
                foreach (KeyValuePair<IPEndPoint, Entrance> old in leaving.FindAll(old => Overlap(old.Value.Listener!.EndPoint, one.EndPoint)))
                {
                    leaving.Remove(old);
                    _closedEarly.Add(old);
                    await old.Value.Listener!.DisposeAsync();
                }

                Open(one);
            }
        }

        public async ValueTask CommitAsync()
        {
            var open = new Dictionary<IPEndPoint, Entrance>();
            foreach (ListenerSettings one in wanted)
            {
                Entrance entrance = _opened.GetValueOrDefault(one.EndPoint) ?? owner._open[one.EndPoint];
                entrance.Settings = one;
                open[one.EndPoint] = entrance;
            }

            List<Entrance> leaving = [.. owner._open.Values.Except(open.Values)];
            owner._open = open;
            owner.EndPoints = [.. open.Values.Select(entrance => entrance.Listener!.EndPoint)];
            commit();
            foreach (Entrance entrance in _opened.Values)
            {
                entrance.Listener!.Start();
            }

            foreach (Entrance entrance in leaving)
            {
                await entrance.Listener!.DisposeAsync();
            }

            owner._changing.Release();
        }

        public async ValueTask CancelAsync()
        {
            foreach (Entrance entrance in _opened.Values)
            {
                await entrance.Listener!.DisposeAsync();
            }

            foreach ((IPEndPoint name, Entrance old) in _closedEarly)
            {
                // The very address it had a moment ago, with its real port.
                owner._open.Remove(name);
                if (owner.TryOpen(old.Settings, old.Listener!.EndPoint, out string problem) is { } again)
                {
                    owner._open.Add(name, again);
                    again.Listener!.Start();
                }
                else
                {
                    owner.Lost(problem);
                }
            }

            owner._changing.Release();
        }

        private void Open(ListenerSettings one)
        {
            if (owner.TryOpen(one, one.EndPoint, out string problem) is { } entrance)
            {
                _opened.Add(one.EndPoint, entrance);
            }
            else
            {
                _problems.Add(problem);
            }
        }

        private static bool Overlap(IPEndPoint ours, IPEndPoint wanted) =>
            ours.Port == wanted.Port && ours.AddressFamily == wanted.AddressFamily
            && (ours.Address.Equals(wanted.Address) || IsAny(ours.Address) || IsAny(wanted.Address));

        private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
    }

    /// <summary>An open listener and what it gives its clients, which a reload may change.</summary>
    internal sealed class Entrance(ListenerSettings settings)
    {
        private volatile ListenerSettings _settings = settings;

        public SmtpListener? Listener { get; set; }

        public ListenerSettings Settings
        {
            get => _settings;
            set => _settings = value;
        }
    }
}
