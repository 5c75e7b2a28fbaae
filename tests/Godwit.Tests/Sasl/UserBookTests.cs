using System.Net;
using System.Text;
using Godwit.Sasl;
using Godwit.Settings;
using Godwit.Tests.Reception;

namespace Godwit.Tests.Sasl;

public sealed class UserBookTests : IDisposable
{
    private static readonly IPAddress _client = IPAddress.Loopback;

    private readonly PasswordWork _work = new();

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData("plain", "tanstaaf", PasswordVerdict.Right)]
    [InlineData("PLAIN", "tanstaaf", PasswordVerdict.Right)]
    [InlineData("plain", "Tanstaaf", PasswordVerdict.Wrong)]
    [InlineData("hashed", "pencil", PasswordVerdict.Right)]
    [InlineData("hashed", "pencils", PasswordVerdict.Wrong)]
    [InlineData("hashed", "tanstaaf", PasswordVerdict.Wrong)]
    [InlineData("nobody", "pencil", PasswordVerdict.Wrong)]
    [InlineData("nobody", "", PasswordVerdict.Wrong)]
    [InlineData("certified", "pencil", PasswordVerdict.Wrong)]
    [InlineData("empty", "", PasswordVerdict.Wrong)]
    public async Task A_password_is_right_for_its_user_only(string user, string password, PasswordVerdict expected)
    {
        UserBook book = Book();

        Assert.Equal(expected, await book.CheckAsync(_client, book.Find(user), Encoding.UTF8.GetBytes(password)));
    }

    [Theory]
    [InlineData("plain", "wrong")]
    [InlineData("hashed", "wrong")]
    [InlineData("nobody", "wrong")]
    [InlineData("certified", "wrong")]
    public async Task A_wrong_password_is_hashed_whoever_it_was_tried_for(string user, string password)
    {
        UserBook book = Book();

        await book.CheckAsync(_client, book.Find(user), Encoding.UTF8.GetBytes(password));

        Assert.Equal(1, _work.Done);
    }

    [Fact]
    public async Task A_right_password_is_hashed_once()
    {
        UserBook book = Book();
        await book.CheckAsync(_client, book.Find("hashed"), "pencil"u8.ToArray());

        Assert.Equal(PasswordVerdict.Right, await book.CheckAsync(_client, book.Find("HASHED"), "pencil"u8.ToArray()));
        Assert.Equal(1, _work.Done);
        Assert.Equal(PasswordVerdict.Wrong, await book.CheckAsync(_client, book.Find("other"), "pencil"u8.ToArray()));
    }

    [Fact]
    public async Task A_new_configuration_remembers_nothing()
    {
        await Book().CheckAsync(_client, Book().Find("hashed"), "pencil"u8.ToArray());
        UserBook reloaded = Book();

        await reloaded.CheckAsync(_client, reloaded.Find("hashed"), "pencil"u8.ToArray());

        Assert.Equal(2, _work.Done);
    }

    [Fact]
    public void Scram_tells_no_user_from_a_name_that_nobody_has_and_works_for_none_of_them()
    {
        UserBook book = Book();

        ScramUser nobody = book.FindScramUser("nobody");
        ScramUser again = Book().FindScramUser("NOBODY");
        ScramUser another = book.FindScramUser("nobody2");
        ScramUser plain = book.FindScramUser("plain");
        ScramUser hashed = book.FindScramUser("hashed");

        Assert.Equal(nobody.Salt.ToArray(), again.Salt.ToArray());
        Assert.NotEqual(nobody.Salt.ToArray(), another.Salt.ToArray());
        Assert.All([nobody, another, plain, hashed], user => Assert.Equal((PasswordHash.UsualSalt, hashed.Iterations), (user.Salt.Length, user.Iterations)));
        Assert.Equal(0, _work.Done);
    }

    [Fact]
    public void An_unusual_number_of_iterations_is_as_frequent_among_names_that_nobody_has()
    {
        string usual = Hashed;
        string unusual = PasswordHash.Of("pencil"u8, PasswordHash.MinIterations + 2).Reveal();
        UserBook book = Book(User("a", usual), User("b", usual), User("c", usual), User("d", unusual));

        int[] nobodies = [.. Enumerable.Range(0, 4000).Select(i => book.FindScramUser($"nobody{i}").Iterations)];
        int[] again = [.. Enumerable.Range(0, 4000).Select(i => book.FindScramUser($"NOBODY{i}").Iterations)];

        // A quarter of them; for the bounds to be missed by chance, a thousand runs a second since the beginning of time would not do.
        Assert.InRange(nobodies.Count(each => each == PasswordHash.MinIterations + 2), 700, 1300);
        Assert.All(nobodies, each => Assert.InRange(each, PasswordHash.MinIterations + 1, PasswordHash.MinIterations + 2));
        Assert.Equal(nobodies, again);
    }

    [Fact]
    public void A_restart_changes_nothing_of_what_scram_tells_about_names_that_nobody_has()
    {
        byte[] kept = [.. Enumerable.Range(0, PasswordWork.KeyLength).Select(i => (byte)i)];
        using var before = new PasswordWork(kept);
        using var behind = new PasswordWork(kept);
        SmtpUserSettings[] users = [User("a", Hashed), User("b", PasswordHash.Of("pencil"u8, PasswordHash.MinIterations + 2).Reveal()), User("plain", "tanstaaf")];

        foreach (string name in (string[])["nobody", "plain", .. Enumerable.Range(0, 20).Select(i => $"nobody{i}")])
        {
            (string, int) first = Told(Book(before, users).FindScramUser(name));
            Assert.Equal(first, Told(Book(behind, users).FindScramUser(name)));
            Assert.NotEqual(first, Told(Book(users).FindScramUser(name)));
        }

        static (string Salt, int Iterations) Told(ScramUser user) => (Convert.ToHexString(user.Salt.Span), user.Iterations);
    }

    [Fact]
    public void A_user_more_changes_nothing_about_other_names_or_gives_them_that_users_number()
    {
        string unusual = PasswordHash.Of("pencil"u8, PasswordHash.MinIterations + 2).Reveal();
        string third = PasswordHash.Of("pencil"u8, PasswordHash.MinIterations + 3).Reveal();
        SmtpUserSettings[] users = [User("a", Hashed), User("b", Hashed), User("c", Hashed), User("d", unusual), User("e", unusual), User("f", unusual)];
        string[] names = [.. Enumerable.Range(0, 4000).Select(i => $"nobody{i}")];

        int[] before = Drawn(Book(users));
        int[] usual = Drawn(Book([.. users, User("g", Hashed)]));
        int[] strange = Drawn(Book([.. users, User("g", third)]));

        Assert.All(before.Zip(usual), each => Assert.True(each.First == each.Second || each.Second == PasswordHash.MinIterations + 1));
        Assert.All(before.Zip(strange), each => Assert.True(each.First == each.Second || each.Second == PasswordHash.MinIterations + 3));

        // One of fourteen, and one of seven: chance misses these bounds as rarely as those above.
        Assert.InRange(before.Zip(usual).Count(each => each.First != each.Second), 150, 450);
        Assert.InRange(before.Zip(strange).Count(each => each.First != each.Second), 400, 800);

        int[] Drawn(UserBook book) => [.. names.Select(name => book.FindScramUser(name).Iterations)];
    }

    [Fact]
    public async Task Users_with_a_plain_password_get_in_with_whatever_number_their_name_draws()
    {
        SmtpUserSettings[] users = [.. Enumerable.Range(0, 20).Select(i => User($"plain{i}", $"secret{i}"))];
        UserBook book = Book([User("a", Hashed), User("d", PasswordHash.Of("pencil"u8, PasswordHash.MinIterations + 2).Reveal()), .. users]);

        Assert.Equal(2, users.Select(user => book.FindScramUser(user.Name).Iterations).Distinct().Count());
        for (int i = 0; i < users.Length; i++)
        {
            Assert.Equal(SaslStatus.Success, await TalkAsync(Scram(book), SaslClient.Begin(SaslMechanism.ScramSha256, $"plain{i}", $"secret{i}")));
        }
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("plain")]
    [InlineData("hashed")]
    [InlineData("certified")]
    public async Task A_wrong_proof_costs_the_same_whoever_it_was_tried_for_and_whoever_was_here_before(string user)
    {
        UserBook book = Book();
        await TalkAsync(Scram(book), SaslClient.Begin(SaslMechanism.ScramSha256, "plain", "tanstaaf"));
        await TalkAsync(Scram(book), SaslClient.Begin(SaslMechanism.ScramSha256, "hashed", "pencil"));
        long before = _work.Done;

        for (int i = 1; i <= 2; i++)
        {
            Assert.Equal(SaslStatus.Failure, await TalkAsync(Scram(book), SaslClient.Begin(SaslMechanism.ScramSha256, user, "wrong")));
            Assert.Equal(before + i, _work.Done);
        }
    }

    [Fact]
    public async Task A_right_proof_is_worked_for_once()
    {
        UserBook book = Book();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(SaslStatus.Success, await TalkAsync(Scram(book), SaslClient.Begin(SaslMechanism.ScramSha256, "plain", "tanstaaf")));
        }

        Assert.Equal(1, _work.Done);
    }

    [Theory]
    [InlineData("plain", "tanstaaf", SaslStatus.Success)]
    [InlineData("hashed", "pencil", SaslStatus.Success)]
    [InlineData("hashed", "tanstaaf", SaslStatus.Failure)]
    [InlineData("plain", "pencil", SaslStatus.Failure)]
    [InlineData("nobody", "pencil", SaslStatus.Failure)]
    [InlineData("certified", "pencil", SaslStatus.Failure)]
    [InlineData("a=b,c", "equals", SaslStatus.Success)]
    [InlineData("ärger", "größer", SaslStatus.Success)]
    public async Task Both_sides_of_scram_agree(string user, string password, SaslStatus expected)
    {
        var server = SaslExchange.Begin(SaslMechanism.ScramSha256, Book(), _client, "mta.example", []);

        Assert.Equal(expected, await TalkAsync(server, SaslClient.Begin(SaslMechanism.ScramSha256, user, password)));
    }

    [Theory]
    [InlineData("plain", "tanstaaf", SaslStatus.Success)]
    [InlineData("plain", "pencil", SaslStatus.Failure)]
    [InlineData("hashed", "pencil", SaslStatus.Failure)]
    [InlineData("nobody", "pencil", SaslStatus.Failure)]
    [InlineData("ärger", "größer", SaslStatus.Success)]
    public async Task Both_sides_of_cram_md5_agree(string user, string password, SaslStatus expected)
    {
        var server = SaslExchange.Begin(SaslMechanism.CramMd5, Book(), _client, "mta.example", []);

        Assert.Equal(expected, await TalkAsync(server, SaslClient.Begin(SaslMechanism.CramMd5, user, password)));
    }

    [Fact]
    public void What_no_user_could_use_is_not_offered()
    {
        Assert.Equal(SaslMechanism.None, Book(User("empty", "")).Mechanisms);
        Assert.Equal(SaslMechanism.None, Book(Certified("certified")).Mechanisms);
        Assert.Equal(SaslMechanism.Plain | SaslMechanism.Login | SaslMechanism.ScramSha256, Book(User("hashed", Hashed)).Mechanisms);
        Assert.True(Book().Mechanisms.HasFlag(SaslMechanism.CramMd5));
    }

    [Fact]
    public async Task Passwords_beyond_the_bound_are_put_off()
    {
        using var gate = new ManualResetEventSlim();
        Task<string?>[] waiting = Occupy(PasswordWork.MaxWaiting, gate);
        UserBook book = Book();

        PasswordVerdict verdict = await book.CheckAsync(_client, book.Find("hashed"), "pencil"u8.ToArray());
        SaslStatus scram = await TalkAsync(Scram(book), SaslClient.Begin(SaslMechanism.ScramSha256, "plain", "tanstaaf"));
        gate.Set();
        await Task.WhenAll(waiting);

        Assert.Equal((PasswordVerdict.Busy, SaslStatus.Busy), (verdict, scram));
        Assert.Equal(PasswordVerdict.Right, await book.CheckAsync(_client, book.Find("hashed"), "pencil"u8.ToArray()));
    }

    [Fact]
    public async Task A_client_that_keeps_many_waiting_keeps_nobody_else_out()
    {
        using var gate = new ManualResetEventSlim();
        Task<string?>[] waiting = Occupy(PasswordWork.MaxWaitingOfOne, gate);
        UserBook book = Book();

        Task<PasswordVerdict> own = book.CheckAsync(Neighbour(0), book.Find("hashed"), "pencil"u8.ToArray()).AsTask();
        bool atOnce = own.IsCompleted;
        Task<PasswordVerdict> other = book.CheckAsync(_client, book.Find("hashed"), "pencil"u8.ToArray()).AsTask();
        gate.Set();
        await Task.WhenAll(waiting);

        Assert.Equal((true, PasswordVerdict.Busy, PasswordVerdict.Right), (atOnce, await own, await other));
        Assert.Equal(PasswordVerdict.Right, await book.CheckAsync(Neighbour(0), book.Find("hashed"), "pencil"u8.ToArray()));
    }

    [Fact]
    public async Task A_stop_ends_what_waits_and_lets_nothing_begin()
    {
        using var gate = new ManualResetEventSlim();
        Task<string?>[] waiting = Occupy(PasswordWork.MaxWaiting, gate);

        _work.Stop();

        int running = Math.Max(1, Environment.ProcessorCount / 2);
        Task<string?[]> ended = Task.WhenAll(waiting.Skip(running));
        Assert.All(await ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken), Assert.Null);
        Assert.All(waiting.Take(running), task => Assert.False(task.IsCompleted));
        UserBook book = Book();
        Assert.Equal(PasswordVerdict.Busy, await book.CheckAsync(_client, book.Find("hashed"), "pencil"u8.ToArray()));
        gate.Set();
        Assert.All(await Task.WhenAll(waiting.Take(running)), Assert.NotNull);
    }

    [Fact]
    public void A_hash_is_read_as_it_was_written()
    {
        var hash = PasswordHash.Of("pencil"u8, PasswordHash.MinIterations);

        Assert.True(PasswordHash.TryRead(hash.Reveal(), out PasswordHash? read, out _));
        Assert.Equal(hash.Hash.ToArray(), read!.Hash.ToArray());
        Assert.Equal(hash.Reveal(), read.Reveal());
        Assert.NotEqual(hash.Reveal(), PasswordHash.Of("pencil"u8, PasswordHash.MinIterations).Reveal());
        Assert.Equal("{pbkdf2}", hash.ToString());
    }

    [Theory]
    [InlineData("{pbkdf2}")]
    [InlineData("{pbkdf2}4096$W22ZaJ0SNY7soEsUEjb6gQ==")]
    [InlineData("{pbkdf2}1$W22ZaJ0SNY7soEsUEjb6gQ==$xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0=")]
    [InlineData("{pbkdf2}99999999$W22ZaJ0SNY7soEsUEjb6gQ==$xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0=")]
    [InlineData("{pbkdf2}4096$$xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0=")]
    [InlineData("{pbkdf2}4096$W22ZaJ0SNY7soEsUEjb6gQ==$xKSV")]
    [InlineData("{pbkdf2}4096$W22ZaJ0SNY7soEsUEjb6gQ==$xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0=$more")]
    public void A_hash_that_is_none_says_what_is_wrong_and_shows_nothing(string text)
    {
        Assert.False(PasswordHash.TryRead(text, out _, out string fault));
        Assert.NotEqual("", fault);
        Assert.DoesNotContain("W22Z", fault);
        Assert.DoesNotContain("xKSV", fault);
    }

    private static string Hashed { get; } = PasswordHash.Of("pencil"u8, PasswordHash.MinIterations + 1).Reveal();

    private static string Wait(ManualResetEventSlim gate)
    {
        gate.Wait();
        return "";
    }

    private static IPAddress Neighbour(int number) => new([10, 0, 0, (byte)number]);

    private static SaslExchange Scram(UserBook book) => SaslExchange.Begin(SaslMechanism.ScramSha256, book, _client, "mta.example", []);

    /// <summary>Work that waits for the gate, of as few clients as may have so much.</summary>
    private Task<string?>[] Occupy(int count, ManualResetEventSlim gate) =>
        [.. Enumerable.Range(0, count).Select(i => _work.TryRunAsync(Neighbour(i / PasswordWork.MaxWaitingOfOne), () => Wait(gate)).AsTask())];

    /// <summary>Message by message, until the server has judged or the client gives up.</summary>
    private static async Task<SaslStatus> TalkAsync(SaslExchange server, SaslClient client)
    {
        byte[]? message = client.FirstMessage();
        while (true)
        {
            SaslStep step = await server.StepAsync(message);
            if (step.Status != SaslStatus.Challenge)
            {
                Assert.True(step.Status != SaslStatus.Success || client.MayEnd);
                return step.Status;
            }

            message = client.Answer(step.Challenge.Span);
            Assert.NotNull(message);
        }
    }

    private static SmtpUserSettings User(string name, string password) => ReceptionSettings.User(name, password);

    private static SmtpUserSettings Certified(string name) => User(name, "pencil") with { Method = AuthenticationMethod.Certificate };

    private UserBook Book() => Book(
        User("plain", "tanstaaf"), User("hashed", Hashed), User("other", "third"), User("empty", ""), Certified("certified"), User("a=b,c", "equals"),
        User("ärger", "größer"));

    private UserBook Book(params SmtpUserSettings[] users) => Book(_work, users);

    private static UserBook Book(PasswordWork work, SmtpUserSettings[] users) => new(users.ToDictionary(user => user.Name, StringComparer.OrdinalIgnoreCase), work);
}
