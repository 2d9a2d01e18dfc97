namespace Functional

open System.Collections.Generic

/// A table of bounded size: what was not asked for the longest goes first. `weigh` gives the weight of a value, and
/// `capacity` is the most that all values together weigh; a value that is heavier alone is not kept. Safe to use from
/// many threads at once.
[<Sealed>]
type internal LeastRecentlyUsed<'key, 'value when 'key: equality>(capacity: int64, weigh: 'value -> int64) =
    let entries = Dictionary<'key, LinkedListNode<KeyValuePair<'key, 'value>>>()
    // from the most to the least recently used
    let order = LinkedList<KeyValuePair<'key, 'value>>()
    let mutable weight = 0L

    let remove (node: LinkedListNode<KeyValuePair<'key, 'value>>) =
        order.Remove node
        entries.Remove node.Value.Key |> ignore
        weight <- weight - weigh node.Value.Value

    /// A table of at most so many values.
    new(count: int) = LeastRecentlyUsed(int64 count, (fun _ -> 1L))

    /// The number of values it holds.
    member _.Count = lock entries (fun () -> entries.Count)

    /// The value of a key, which is thereby the most recently used one.
    member _.TryFind(key: 'key) : 'value voption =
        lock entries (fun () ->
            match entries.TryGetValue key with
            | true, node ->
                order.Remove node
                order.AddFirst node
                ValueSome node.Value.Value
            | _ -> ValueNone)

    /// Keeps a value under a key, in the place of the one it had.
    member _.Set(key: 'key, value: 'value) =
        lock entries (fun () ->
            match entries.TryGetValue key with
            | true, node -> remove node
            | _ -> ()

            if weigh value <= capacity then
                entries[key] <- order.AddFirst(KeyValuePair(key, value))
                weight <- weight + weigh value

                while weight > capacity do
                    remove order.Last)

    /// Forgets a key.
    member _.Remove(key: 'key) =
        lock entries (fun () ->
            match entries.TryGetValue key with
            | true, node -> remove node
            | _ -> ())

    /// The value of a key, made and kept if there is none. Other threads wait meanwhile: what takes long is made lazily.
    member me.GetOrAdd(key: 'key, make: unit -> 'value) : 'value =
        lock entries (fun () ->
            match me.TryFind key with
            | ValueSome value -> value
            | ValueNone ->
                let value = make ()
                me.Set(key, value)
                value)
