// What one delivery's messages are signed with, and the signatures themselves, put before the content. Owned by one delivery; not thread safe.
// A message that goes to the next host keeps its signatures. A fault of a key or of the spool throws, and the message stays.

using Godwit.Dkim;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>Signs what goes out.</summary>
internal sealed class OutgoingSignatures(MessageSigning? signing, string virtualMta, DeliverySettings settings)
{
    private readonly DkimSettings? _first = signing is null ? null : DkimSettings.First(settings);
    private readonly DkimSettings? _second = signing is null ? null : DkimSettings.Second(settings);
    private MessageId _signed;
    private byte[] _fields = [];

    /// <summary>Whether the configuration wants signatures at all.</summary>
    public bool AreWanted => _first is not null || _second is not null;

    /// <summary>Whether every message is to be signed, and not only one that asks for it.</summary>
    public bool AreForAll => _first is { NeedsWishes: false } || _second is { NeedsWishes: false };

    /// <summary>Of the last message that no key was for: whose key it would have needed; absent when that is not known, or there is no key at all.</summary>
    public DomainName Lacking { get; private set; }

    /// <summary>Puts the signature fields before the content, none where no key fits. Returns whether there are any.</summary>
    public async ValueTask<bool> AddAsync(MessageContent content)
    {
        KeyRing keys = signing!.KeysOf(virtualMta);
        MessageId id = content.Envelope.Id;
        SigningWishes? wishes = content.Envelope.Signing;
        Lacking = default;
        if (keys.IsEmpty && wishes is null)
        {
            return false;
        }

        if (_signed != id)
        {
            var order = new SigningOrder(id, keys, _first, _second, content.TryReadNext)
            {
                IsShared = content.Envelope.Recipients.Count > 1,
                Wishes = wishes,
                WishedKeys = wishes is { KeyList.Length: > 0 } ? signing.KeysNamed(wishes.KeyList) : null,
            };
            _fields = await SignAsync(order, content);
            _signed = id;
            Lacking = order.Unsigned;
        }

        content.PutBefore(_fields);
        return _fields.Length > 0;
    }

    /// <summary>Signs; a key that is in the vault is asked for in between, as often as there are keys to ask for.</summary>
    private async Task<byte[]> SignAsync(SigningOrder order, MessageContent content)
    {
        while (true)
        {
            try
            {
                return await signing!.SignAsync(order);
            }
            catch (KeyNotAtHandException missing)
            {
                await missing.Key.AskAsync();
            }
            finally
            {
                content.Rewind();
            }
        }
    }
}
