// Histories against an oracle: whatever happens to the disk, every acknowledged word is found again, and nothing that was never said.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Tests.Spool;

public sealed class SpoolSimulationTests
{
    /// <summary>A few seconds; GODWIT_SIMULATION_SEEDS says another number for a long run.</summary>
    private static readonly int _seeds =
        int.TryParse(Environment.GetEnvironmentVariable("GODWIT_SIMULATION_SEEDS"), out int seeds) ? seeds : 500;

    [Theory]
    [InlineData(0, 8 * 1024)]
    [InlineData(1_000_000, 16 * 1024)]
    public void Whatever_was_acknowledged_survives_power_failures_at_any_moment(int firstSeed, int segmentOctets)
    {
        for (int seed = firstSeed; seed < firstSeed + _seeds; seed++)
        {
            try
            {
                new History(seed, segmentOctets).Run();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
    }

    /// <summary>What a recipient may be found as: the last acknowledged state, and what was being written when something failed.</summary>
    private sealed class KnownRecipient
    {
        public List<(bool Done, int Attempts)> Possible { get; } = [(false, 0)];

        public bool IsDone => Possible is [(true, _)];
    }

    private sealed class KnownMessage
    {
        public required MessageId Id { get; init; }

        public required byte[] Content { get; init; }

        public required KnownRecipient[] Recipients { get; init; }

        /// <summary>Null when it was not acknowledged or is not open any more.</summary>
        public StoredMessage? Handle { get; set; }

        public bool WasAcknowledged { get; set; }
    }

    private sealed class History(int seed, int segmentOctets)
    {
        private readonly Random _random = new(seed);
        private readonly SpoolRig _rig = new(seed);
        private readonly List<KnownMessage> _messages = [];
        private readonly Dictionary<string, List<byte>> _states = [];
        private readonly List<(SpooledContent Content, byte[] Expected)> _readers = [];
        private MessageSpool _spool = null!;
        private int _attempts;
        private int _deaf;

        private SpoolOptions Options => SpoolRig.Small with { SegmentOctets = segmentOctets };

        public void Run()
        {
            _spool = _rig.Open(Options);
            int lives = 2 + _random.Next(4);
            for (int life = 0; life < lives; life++)
            {
                LiveOneLife();
                Die();
                OpenAndCompare();
            }

            FinishAll();
        }

        private void LiveOneLife()
        {
            int steps = _random.Next(60);
            _deaf = 0;
            if (_random.Next(3) > 0)
            {
                _rig.Volume.PowerLeft = _random.Next(200);
            }

            // Behind the failure nothing can succeed; a few steps show that nothing claims to.
            for (int step = 0; step < steps && _deaf < 3; step++)
            {
                Step();
                _deaf = _rig.Volume.PowerLeft > 0 ? 0 : _deaf + 1;
            }
        }

        private void Step()
        {
            _rig.Time.Advance(TimeSpan.FromMilliseconds(_random.Next(1500)));
            switch (_random.Next(24))
            {
                case < 8:
                    Store();
                    break;
                case < 18:
                    Mark();
                    break;
                case < 20:
                    PutState();
                    break;
                case 20:
                    HoldReader();
                    break;
                case 21:
                    ReleaseReader();
                    break;
                case 22:
                    AbandonPart();
                    break;
                default:
                    _rig.Volume.FailingSyncs = _random.Next(4) == 0 ? 1 : 0;
                    break;
            }
        }

        private void Store()
        {
            int recipients = _random.Next(3) == 0 ? 1 + _random.Next(70) : 1;
            Envelope envelope = _rig.NewEnvelope(recipients);
            int pieces = _random.Next(5) == 0 ? 1 + _random.Next(4) : 0;
            byte[][] parts = [.. Enumerable.Range(0, pieces + 2).Select(i => SpoolRig.Octets(_random.Next(), _random.Next(segmentOctets / 10)))];
            var message = new KnownMessage
            {
                Id = envelope.Id,
                Content = [.. parts.SelectMany(part => part)],
                Recipients = [.. Enumerable.Range(0, recipients).Select(_ => new KnownRecipient())],
            };
            _messages.Add(message);
            try
            {
                var extents = new List<ContentExtent>();
                for (int i = 1; i <= pieces; i++)
                {
                    extents.Add(SpoolRig.WritePart(_spool, parts[i]));
                }

                message.Handle = SpoolRig.Done(_spool.StoreAsync(envelope, [parts[0]], extents, [parts[^1]]));
                message.WasAcknowledged = true;
            }
            catch (SpoolException)
            {
                // Not acknowledged: it may be found later, whole, or not at all.
            }
        }

        private void Mark()
        {
            KnownMessage[] open = [.. _messages.Where(message => message.Handle is not null)];
            if (open.Length == 0)
            {
                return;
            }

            var marks = new List<SpoolMark>();
            var changes = new List<(KnownRecipient Recipient, bool Done, int Attempts)>();
            int count = 1 + _random.Next(6);
            for (int i = 0; i < count; i++)
            {
                KnownMessage message = open[_random.Next(open.Length)];
                bool all = _random.Next(4) == 0;
                int first = _random.Next(message.Recipients.Length);
                int last = all ? message.Recipients.Length - 1 : first;
                for (int index = all ? 0 : first; index <= last; index++)
                {
                    bool done = all || _random.Next(2) == 0;
                    int attempts = done ? 0 : ++_attempts;
                    string reply = new('r', _random.Next(40));
                    marks.Add(new SpoolMark(message.Handle!, index, done, attempts, new Instant(attempts * 7L), new Instant(attempts), reply, Rerouted(attempts)));
                    changes.Add((message.Recipients[index], done, attempts));
                }
            }

            Acknowledge(changes, TryMark(marks));
            foreach (KnownMessage message in open.Where(message => Array.TrueForAll(message.Recipients, recipient => recipient.IsDone)))
            {
                message.Handle = null;
            }
        }

        /// <summary>The virtual MTA that a mark names: every third is of mail that was rerouted.</summary>
        private static string Rerouted(int attempts) => attempts % 3 == 0 ? $"virtual-mta-{attempts % 5}" : "";

        private bool TryMark(List<SpoolMark> marks)
        {
            try
            {
                SpoolRig.Done(_spool.MarkAsync(marks));
                return true;
            }
            catch (SpoolException)
            {
                return false;
            }
        }

        private static void Acknowledge(List<(KnownRecipient Recipient, bool Done, int Attempts)> changes, bool acknowledged)
        {
            foreach ((KnownRecipient recipient, bool done, int attempts) in changes)
            {
                if (recipient.IsDone)
                {
                    continue; // What is done stays done.
                }

                bool mayBeDone = recipient.Possible.Exists(state => state.Done);
                if (acknowledged)
                {
                    // A done mark that failed may be on disk all the same, and then the later word does not count.
                    recipient.Possible.Clear();
                    if (mayBeDone && !done)
                    {
                        recipient.Possible.Add((true, 0));
                    }
                }

                recipient.Possible.Add((done, attempts));
            }
        }

        private void PutState()
        {
            string key = $"key{_random.Next(4)}";
            byte value = (byte)_random.Next(5);
            if (!_states.TryGetValue(key, out List<byte>? possible))
            {
                _states[key] = possible = [0];
            }

            try
            {
                SpoolRig.Done(_spool.PutStateAsync(key, value == 0 ? default : new byte[] { value, value }));
                possible.Clear();
            }
            catch (SpoolException)
            {
                // Possible, not certain.
            }

            possible.Add(value);
        }

        private void HoldReader()
        {
            KnownMessage[] open = [.. _messages.Where(message => message.Handle is not null)];
            if (open.Length > 0)
            {
                KnownMessage message = open[_random.Next(open.Length)];
                _readers.Add((_spool.Read(message.Handle!), message.Content));
            }
        }

        private void ReleaseReader()
        {
            foreach ((SpooledContent content, byte[] expected) in _readers)
            {
                Assert.True(expected.AsSpan().SequenceEqual(SpoolRig.All(content)), "a reader saw other octets");
                content.Dispose();
            }

            _readers.Clear();
        }

        private void AbandonPart()
        {
            try
            {
                ContentExtent part = SpoolRig.WritePart(_spool, SpoolRig.Octets(1, 100));
                if (_random.Next(2) == 0)
                {
                    _spool.ForgetParts([part]);
                }
            }
            catch (SpoolException)
            {
                // It would have been forgotten anyhow.
            }
        }

        private void Die()
        {
            _readers.Clear();
            _rig.Volume.FailingSyncs = 0;
            switch (_random.Next(6))
            {
                case 0:
                    _rig.Volume.PowerLeft = int.MaxValue;
                    SpoolRig.Done(_spool.DisposeAsync());
                    _rig.Volume = _rig.Volume.Kill();
                    break;
                case 1:
                    _rig.Volume = _rig.Volume.Kill();
                    break;
                default:
                    _rig.Volume = _rig.Volume.Crash();
                    break;
            }
        }

        private void OpenAndCompare()
        {
            if (_random.Next(4) == 0)
            {
                // Power fails again while recovery works.
                _rig.Volume.PowerLeft = _random.Next(12);
                try
                {
                    _rig.Open(Options);
                }
                catch (SpoolException)
                {
                    // As expected; the next start has power.
                }

                _rig.Volume = _rig.Volume.Crash();
            }

            _spool = _rig.Open(Options);
            Dictionary<MessageId, RecoveredMessage> found = _spool.Recovered.ToDictionary(recovered => recovered.Message.Id);
            foreach (KnownMessage message in _messages)
            {
                message.Handle = null;
                Compare(message, found.GetValueOrDefault(message.Id));
                found.Remove(message.Id);
            }

            Assert.Empty(found);
            CompareStates();
            Assert.DoesNotContain(_rig.Log.At(LogLevel.Error), line => !line.Contains("no room for new mail", StringComparison.Ordinal));
        }

        private void Compare(KnownMessage message, RecoveredMessage? found)
        {
            if (found is null && !message.WasAcknowledged)
            {
                Array.ForEach(message.Recipients, Close);
                return;
            }

            Dictionary<int, RecoveredRecipient> open = found?.Open.ToDictionary(recipient => recipient.Index) ?? [];
            for (int i = 0; i < message.Recipients.Length; i++)
            {
                List<(bool Done, int Attempts)> possible = message.Recipients[i].Possible;
                (bool Done, int Attempts) actual = open.TryGetValue(i, out RecoveredRecipient recipient) ? (false, recipient.Attempts) : (true, 0);
                Assert.True(possible.Contains(actual), $"message {message.Id} recipient {i} is {actual}, not one of {string.Join(' ', possible)}");
                possible.Clear();
                possible.Add(actual);
                if (!actual.Done && actual.Attempts > 0)
                {
                    Assert.Equal(new Instant(actual.Attempts * 7L), recipient.NotBefore);
                    Assert.Equal(new Instant(actual.Attempts), recipient.DelayNoticeSent);
                    Assert.Equal(Rerouted(actual.Attempts), recipient.VirtualMta);
                }
            }

            if (found is not null)
            {
                Assert.NotEmpty(found.Open);
                Assert.Equal(found.Open.Count, found.Message.OpenRecipients);
                Assert.Equal(message.Recipients.Length, found.Envelope.Recipients.Count);
                Assert.True(message.Content.AsSpan().SequenceEqual(SpoolRig.Content(_spool, found.Message)), "content changed");
                message.Handle = found.Message;
                message.WasAcknowledged = true;
            }
        }

        private static void Close(KnownRecipient recipient)
        {
            recipient.Possible.Clear();
            recipient.Possible.Add((true, 0));
        }

        private void CompareStates()
        {
            foreach ((string key, List<byte> possible) in _states)
            {
                byte actual = _spool.RecoveredState.TryGetValue(key, out byte[]? value) ? value[0] : (byte)0;
                Assert.True(possible.Contains(actual), $"{key} is {actual}, not one of {string.Join(' ', possible)}");
                possible.Clear();
                possible.Add(actual);
            }
        }

        /// <summary>Once everything is delivered the disk must be nearly empty again.</summary>
        private void FinishAll()
        {
            foreach (KnownMessage message in _messages.Where(message => message.Handle is not null))
            {
                SpoolRig.Done(_spool, message.Handle!, [.. Enumerable.Range(0, message.Recipients.Length)]);
            }

            _rig.Time.Advance(TimeSpan.FromHours(25)); // Pieces whose message never came are forgotten.
            SpoolRig.Done(_spool.PutStateAsync("key0", default));
            Assert.InRange(_spool.Files.InUse, 0, 3);
            SpoolRig.Done(_spool.DisposeAsync());
            _spool = _rig.Open(Options);
            Assert.Empty(_spool.Recovered);
        }
    }
}
